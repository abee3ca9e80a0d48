import type { Analyzer } from '../../text/analyze.ts'
import { sentences } from '../../text/sentences.ts'
import type { Block } from './blocks.ts'
import { meets } from './meets.ts'
import type { Question } from './question.ts'

export interface Candidate {
  /** The words of the document. */
  text: string
  kind: Block['kind']
  /** Position of its source among those given. */
  source: number
  /** Share of the question that it and what stands above it speak of, 0 to 1. */
  coverage: number
  score: number
  /** The question's terms in its own words; of a row, in its values. */
  own: ReadonlySet<string>
  /** Its own, and what the names of a row's columns or the headings have. */
  spoken: number
  /** It speaks of everything that an answer must speak of. */
  meets: boolean
}

interface Weighed extends Block {
  source: number
  above: ReadonlySet<string>
  own: ReadonlySet<string>
}

/** Share of a term's weight that counts when only the headings above have it. */
const contextShare = 0.6
/** What a term weighs that is in none of the sources, where known terms weigh 0.4 to 1. */
const unknownWeight = 0.7
/** Share of its weight that a term keeps that may be said in other words. */
const looseShare = 0.6
/** Sentences are looked for in the best blocks only. */
const blocksRead = 10

/** The sentences and rows that speak of the question, best first. `sources` holds the blocks of each source. */
export function rank(question: Question, sources: readonly (readonly Block[])[], analyzer: Analyzer): Candidate[] {
  const wanted = new Set([...question.terms, ...question.words.flatMap(({ ways }) => ways.flat())])
  const matched = (text: string): Set<string> => new Set(analyzer.terms(text).filter((term) => wanted.has(term)))
  const contexts = new Map<string, ReadonlySet<string>>()
  const aboveOf = (context: string): ReadonlySet<string> => {
    const above = contexts.get(context) ?? matched(context)
    contexts.set(context, above)
    return above
  }
  const blocks: Weighed[] = sources.flatMap((list, source) =>
    list.map((block) => ({ ...block, source, own: matched(ownWords(block)), above: aboveOf(block.context) })),
  )
  const weights = weigh(question, blocks)
  const cover = (own: ReadonlySet<string>, above: ReadonlySet<string>) => coverage(weights, own, above)

  return blocks
    .filter((block) => block.own.size > 0 || (block.kind === 'prose' && block.above.size > 0))
    .map((block) => ({ block, cover: cover(block.own, block.above) }))
    .sort((a, b) => b.cover - a.cover)
    .slice(0, blocks.some((block) => block.kind === 'row') ? blocksRead * 3 : blocksRead)
    .flatMap(({ block }) => {
      const parts = block.kind === 'row' ? [block.text] : sentencesOf(block.text)
      let former: ReadonlySet<string> = new Set()
      return parts.map((text) => {
        const own = parts.length === 1 ? block.own : matched(text)
        const found = cover(own, new Set([...block.above, ...former]))
        const met = meets(question, { ...block, text, own, former }, analyzer)
        former = own
        const score = found + bonus(question, text, own, analyzer) + 0.06 / (1 + block.source)
        const spoken = block.kind === 'row' ? new Set([...own, ...block.above]).size : own.size
        return { text, kind: block.kind, source: block.source, coverage: found, score, own, spoken, meets: met }
      })
    })
    .sort((a, b) => b.score - a.score || a.source - b.source)
}

const ownWords = ({ cells, text }: Block): string => cells?.map(({ value }) => value).join('\n') ?? text

/** Rare terms weigh more: inverse document frequency over the blocks, kept within bounds because there are few. */
function weigh({ terms, words }: Question, blocks: readonly Weighed[]): Map<string, number> {
  const needed = new Set(words.flatMap(({ need, ways }) => (need === 'none' ? [] : ways.flat())))
  const most = Math.log(1 + blocks.length / 0.5)
  return new Map(
    terms.map((term) => {
      const share = needed.has(term) ? 1 : looseShare
      let own = 0
      let above = 0
      for (const block of blocks) {
        if (block.own.has(term)) own++
        else if (block.above.has(term)) above++
      }
      if (own + above === 0) return [term, share * unknownWeight]
      return [term, share * (0.4 + (0.6 * Math.log(1 + blocks.length / (own + contextShare * above + 0.5))) / most)]
    }),
  )
}

function coverage(weights: ReadonlyMap<string, number>, own: ReadonlySet<string>, above: ReadonlySet<string>): number {
  let sum = 0
  let covered = 0
  for (const [term, weight] of weights) {
    sum += weight
    if (own.has(term)) covered += weight
    else if (above.has(term)) covered += weight * contextShare
  }
  return sum === 0 ? 0 : covered / sum
}

function bonus(question: Question, text: string, own: ReadonlySet<string>, analyzer: Analyzer): number {
  let sum = 0
  if (question.wantsNumber && answersNumber(text, question)) sum += 0.12
  if (question.pairs.length > 0 && own.size > 1) {
    const terms = analyzer.terms(text)
    const pairs = new Set(terms.slice(1).map((term, at) => `${terms[at]} ${term}`))
    sum += (0.15 * question.pairs.filter((pair) => pairs.has(pair)).length) / question.pairs.length
  }
  if (text.length > 400) sum -= 0.05
  return sum
}

const numberWord =
  /\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|ninety|hundred|thousand|half|once|twice|daily|weekly|monthly|yearly|annually|quarterly|monday|tuesday|wednesday|thursday|friday|saturday|sunday|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|zwölf|zwanzig|dreißig|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez)\b/i

/** Whether a text has a number besides those of the question. */
function answersNumber(text: string, question: Question): boolean {
  if (numberWord.test(text)) return true
  return (text.match(/\d+/g) ?? []).some((digits) => !question.terms.includes(digits))
}

function sentencesOf(text: string): string[] {
  if (text.includes('\n') || text.length < 60) return [text]
  return sentences(text).map((sentence) => sentence.text)
}
