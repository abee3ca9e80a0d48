import type { Analyzer } from '../../text/analyze.ts'
import type { Block } from './blocks.ts'
import { saysOpposite } from './opposites.ts'
import type { Question, Word } from './question.ts'

/** A sentence or a row, with the question's terms in it, above it and in the sentence before it. */
export interface Passage extends Pick<Block, 'text' | 'context' | 'cells'> {
  own: ReadonlySet<string>
  above: ReadonlySet<string>
  former: ReadonlySet<string>
}

/** For each so many words of a long question, one that names nothing may be missed. */
const oneMissedOf = 7
/** A sentence that goes on speaking of the one before it. */
const goesOn =
  /^(?:it|its|they|their|these|those|this|he|she|his|her|both|there|er|sie|es|dies(?:e|er|es)?|il|elle|ils|elles|ce|cette|ello|este|esta|hij|zij|het|deze|dit)(?!\p{L})/iu
/** What may stand between a thing and its number. */
const filler = /^(?:no|nr|number|nummer|num|numero|№|n°|and|und|et|y|or|oder|to|bis)$/i

/**
 * Whether a passage speaks of what the question needs: of each thing that it names, in its own words or in what stands
 * above it. The same said of another thing is no answer.
 */
export function meets(question: Question, passage: Passage, analyzer: Analyzer): boolean {
  const { own, above, former } = passage
  const continues = goesOn.test(passage.text)
  const has = (term: string): boolean => own.has(term) || above.has(term)
  let missed = 0
  let before = 0
  for (const word of question.words) {
    if (word.need === 'none') continue
    if (!inOneWay(word, has)) {
      const saidBefore = inOneWay(word, (term) => has(term) || former.has(term))
      if (word.need === 'named' && !(saidBefore && continues)) return false
      if (saidBefore) before++
      else missed++
    }
    if (word.numberOf.length > 0 && !isItsNumber(word, passage, analyzer)) return false
  }
  if (!passage.cells && saysOpposite(question.text, passage.text)) return false
  // A sentence that begins anew may lean on the one before it for one thing, or it speaks of something else.
  return (continues || before <= 1) && missed <= Math.floor((question.words.length - 1) / oneMissedOf)
}

const inOneWay = (word: Word, has: (term: string) => boolean): boolean =>
  word.ways.some((terms) => terms.length > 0 && terms.every(has))

/** Whether the number of the question is that of its thing here: "44 tonnes" says nothing of crane 44. */
function isItsNumber(word: Word, { text, context, cells }: Passage, analyzer: Analyzer): boolean {
  const isWord = (terms: readonly string[]): boolean =>
    word.ways.some((way) => way.every((term) => terms.includes(term)))
  if (cells) {
    const named = cells.filter(({ name }) => name !== '' && includesAll(analyzer.terms(name), word.numberOf))
    return named.length === 0 || named.some(({ value }) => isWord(analyzer.terms(value)))
  }
  for (const part of [text, ...context.split('\n')]) {
    const terms = part.match(/[\p{L}\p{M}\p{N}]+(?:[-'./_:,&@+#][\p{L}\p{M}\p{N}]+)*|[№°]/gu) ?? []
    const things = terms.flatMap((one, at) => (includesAll(analyzer.terms(one), word.numberOf) ? [at] : []))
    const numbered = things.flatMap((at) => numbersAt(terms, at))
    if (numbered.some((one) => isWord(analyzer.terms(one)))) return true
    // The thing has another number here, or the number stands elsewhere in the sentence.
    if (numbered.length > 0 || (things.length > 0 && terms.some((one) => isWord(analyzer.terms(one))))) return false
  }
  return true
}

const includesAll = (terms: readonly string[], wanted: readonly string[]): boolean =>
  wanted.every((term) => terms.includes(term))

/** The numbers behind a word, with nothing but numbers between, and the one right before it. */
function numbersAt(words: readonly string[], at: number): string[] {
  const numbers: string[] = []
  for (let next = at + 1; next < words.length; next++) {
    const word = words[next] ?? ''
    if (/\d/.test(word)) numbers.push(word)
    else if (!filler.test(word)) break
  }
  const before = words[at - 1]
  // "Version 2.1 of the firmware"
  const ofIt = /^(?:the|der|des|du|del)$/.test(before ?? '') && words[at - 2] === 'of' ? words[at - 3] : before
  return ofIt !== undefined && /\d/.test(ofIt) ? [...numbers, ofIt] : numbers
}
