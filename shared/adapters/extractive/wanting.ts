import type { SearchLanguage } from '../../text/stop-words.ts'
import {
  asking,
  auxiliaries,
  beforeNoun,
  beforeNouns,
  beforeVerb,
  categories,
  forms,
  loose,
  participles,
  pronouns,
} from './asking.ts'
import type { Word } from './question.ts'

export interface Token {
  word: string
  lower: string
  /** Empty unless it is content. */
  terms: readonly string[]
  kind: 'asking' | 'stop' | 'content'
  /** It begins a sentence, so its capital says nothing. */
  first: boolean
}

/** As few words without any of a known language are a subject and what is asked of it, typed without a sentence. */
const fewWords = 3

/**
 * Whether an answer must speak of a word of the question. What names a thing must be met, since the same said of
 * another thing is no answer; a verb or an adjective may be said in other words. When in doubt a word must be met.
 */
export function wanting(tokens: readonly Token[], at: number, language: SearchLanguage | undefined): Word['need'] {
  const token = tokens[at]
  if (token === undefined) return 'none'
  const { word, lower, first } = token
  if (/\d/.test(word)) return 'named'
  // Their small words are not known, so they cannot be told from what the question is about.
  if (!/\p{Script=Latin}/u.test(word)) return 'none'
  if (loose.has(lower) || (categories.has(lower) && beforeNoun.has(tokens[at - 1]?.lower ?? ''))) return 'none'
  const capital = /\p{Lu}/u.test(word) && !first
  if (language === 'german' && tokens.some(isNoun)) return isVerbInGerman(tokens, at) ? 'none' : 'subject'
  if (capital) return 'named'
  if (language === undefined) return tokens.length <= fewWords ? 'subject' : 'none'
  return isVerb(tokens, at, language) ? 'none' : 'subject'
}

const isNoun = ({ word, first, kind }: Token): boolean => kind === 'content' && !first && /^\p{Lu}/u.test(word)

function isVerbInGerman(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at]
  // "Zahlt die Firma …?", but "Reisekosten bei …"
  if (token?.first)
    return /^(?:d(?:er|ie|as|en|em)|eine?[nmrs]?|ich|man|wir|sie|er|es)$/.test(tokens[at + 1]?.lower ?? '')
  return /^\p{Ll}/u.test(token?.word ?? '')
}

function isVerb(tokens: readonly Token[], at: number, language: SearchLanguage): boolean {
  const { lower } = tokens[at] ?? { lower: '' }
  const before = tokens[at - 1]
  if (before === undefined) return false
  if (beforeVerb.has(before.lower)) return true
  // "Am I allowed to bring …?"
  if (before.lower === 'to' && tokens[at - 2]?.kind === 'asking') return true
  if (beforeNouns.has(before.lower)) return false
  const [start, end] = runAround(tokens, at)
  const last = at === end
  if (language === 'english' && verbBehindAuxiliary(tokens) === at) return true
  if (last && hasBefore(tokens, at, language === 'english' ? forms : undefined) && participles[language]?.test(lower))
    return true
  // "Which order went to …?"
  const asked = tokens[start - 1]
  const helped =
    language === 'english' &&
    tokens.some((one) => auxiliaries.has(one.lower) || forms.has(one.lower) || /^ha(?:s|ve|d)$/.test(one.lower))
  return last && end > start && end < tokens.length - 1 && asked !== undefined && beforeNoun.has(asked.lower) && !helped
}

/** First and last position of the words of content that stand together. */
function runAround(tokens: readonly Token[], at: number): [start: number, end: number] {
  let start = at
  let end = at
  while (tokens[start - 1]?.kind === 'content') start--
  while (tokens[end + 1]?.kind === 'content') end++
  return [start, end]
}

const hasBefore = (tokens: readonly Token[], at: number, words: ReadonlySet<string> | undefined): boolean =>
  words === undefined ? at > 1 : tokens.slice(0, at).some(({ lower }) => words.has(lower))

/** Position of the verb that belongs to "does", "can", …: behind a pronoun, else behind the subject; -1 if unclear. */
function verbBehindAuxiliary(tokens: readonly Token[]): number {
  const auxiliary = tokens.findIndex(({ lower }) => auxiliaries.has(lower))
  if (auxiliary < 0) return -1
  for (let at = auxiliary + 1; at < tokens.length; at++) {
    const token = tokens[at]
    if (token === undefined || token.lower === 'have' || token.lower === 'be') return -1
    if (token.kind === 'asking' && asking.has(token.lower)) return -1
    if (token.kind !== 'content') continue
    if (pronouns.has(tokens[at - 1]?.lower ?? '')) return at
    const [, end] = runAround(tokens, at)
    // "Does the office lend laptops?" does not show which of them is the verb.
    if (end > at) return auxiliary > 0 ? end : -1
  }
  return -1
}
