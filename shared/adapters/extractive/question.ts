import type { Analyzer } from '../../text/analyze.ts'
import type { SearchLanguage } from '../../text/stop-words.ts'
import { isDense, normalised } from '../../text/token-forms.ts'
import { asking, sameAs } from './asking.ts'
import { type Token, wanting } from './wanting.ts'

/** A word of the question, with what it is found by. */
export interface Word {
  /** Any of these lists is enough, each of them whole: a code and its parts, a number in its forms. */
  ways: readonly (readonly string[])[]
  /** An answer must speak of it. A name or a number is `named`: no other one will do, however long the question. */
  need: 'none' | 'subject' | 'named'
  /** The terms of the word right before a number: "gate 7" is another gate than "gate 4". */
  numberOf: readonly string[]
}

export interface Question {
  text: string
  /** What an answer should speak of, each term once, in the order of the question. */
  terms: string[]
  words: Word[]
  /** Pairs of terms that stand side by side. */
  pairs: string[]
  /** It asks for an amount, a time or a number. */
  wantsNumber: boolean
}

const number =
  /\b(how (many|much|long|often|old|far|high|large|big|late|early|heavy|tall|deep|wide|soon|fast)|when|what (time|date|percentage|year|amount|number)|number of|wie ?viele?n?|wie (lang|lange|oft|hoch)|wann|combien|quand|cu[aá]nt[oa]s?|cu[aá]ndo)\b/i
const token = /[\p{L}\p{M}\p{N}]+(?:[-'./_:,&@+#][\p{L}\p{M}\p{N}]+)*/gu
const numeric = /^\d+(?:[.,]\d+)*$/
const year = /^(?:19|20)\d\d$/

/** What a question is about. `language` is the one it is written in, where that shows. */
export function readQuestion(text: string, analyzer: Analyzer, language: SearchLanguage | undefined): Question {
  const tokens = tokensOf(normalised(text), analyzer)
  const content = tokens.filter(({ kind }) => kind === 'content')
  // A question of asking words alone ("what do they need?") is about these.
  const terms = [...new Set(content.length > 0 ? content.flatMap((one) => one.terms) : analyzer.terms(text))]
  return {
    text,
    terms,
    words: tokens.flatMap((one, at) => (one.kind === 'content' ? [wordOf(tokens, at, analyzer, language)] : [])),
    pairs: terms.slice(1).map((term, at) => `${terms[at]} ${term}`),
    wantsNumber: number.test(text),
  }
}

function tokensOf(text: string, analyzer: Analyzer): Token[] {
  return [...text.matchAll(token)].map(({ 0: word, index }) => {
    const lower = word.toLowerCase()
    const terms = asking.has(lower) ? [] : [...new Set(analyzer.terms(word))]
    const kind = asking.has(lower) ? 'asking' : terms.length === 0 ? 'stop' : 'content'
    return { word, lower, terms, kind, first: /(?:^|[.!?:]\s*)[^\p{L}\p{N}]*$/u.test(text.slice(0, index)) }
  })
}

function wordOf(tokens: readonly Token[], at: number, analyzer: Analyzer, language: SearchLanguage | undefined): Word {
  const { word, lower, terms } = tokens[at] ?? { word: '', lower: '', terms: [] }
  const before = tokens[at - 1]
  const numberOf =
    /\d/.test(word) && !year.test(word) && before?.kind === 'content' && !/\d/.test(before.word) ? before.terms : []
  const same = (sameAs[lower] ?? []).map((other) => analyzer.terms(other))
  return { ways: [...waysOf(word, terms, analyzer), ...same], need: wanting(tokens, at, language), numberOf }
}

function waysOf(word: string, terms: readonly string[], analyzer: Analyzer): string[][] {
  if (terms.length === 1 || isDense(word)) return [[...terms]]
  if (numeric.test(word)) return terms.map((term) => [term])
  const parts = new Set(word.split(/[^\p{L}\p{M}\p{N}]+/u).flatMap((part) => analyzer.terms(part)))
  const wholes = terms.filter((term) => !parts.has(term))
  if (wholes.length > 0) return [...wholes.map((whole) => [whole]), [...parts]]
  // "12mm" is found by itself, and by its number beside its unit.
  return /[^\p{L}\p{M}\p{N}]/u.test(word) ? [[...parts]] : [terms.slice(0, 1), terms.slice(1)]
}
