import type { Citation } from '../../shared/ports/conversation-store.ts'
import type { RetrievedPassage } from '../../shared/retrieval/types.ts'
import { describeRow, splitCells } from '../../shared/text/cells.ts'
import { narrowLocator } from './locator.ts'

const longestQuote = 300
const longestClaim = 600

export interface Cited {
  /** The answer as it was shown, marks included. */
  answer: string
  question: string
  /** In the order in which the answer names them. */
  numbers: readonly number[]
  /** The passages that the model was given; the first one has number 1. */
  given: readonly RetrievedPassage[]
}

/** What each mark of an answer points to: the place, narrowed to the rows that matter, and the words that support it. */
export function buildCitations({ answer, question, numbers, given }: Cited): Citation[] {
  const claims = claimsOf(answer)
  const citations: Citation[] = []
  for (const number of numbers) {
    const passage = given[number - 1]
    if (!passage) continue
    const { documentId: document_id, path, title, section } = passage
    const place = passage.kind === 'rows' ? rowsFor(passage, claims.get(number) ?? '', question) : undefined
    const { locator, quote } = place ?? {
      locator: passage.locator,
      quote: wordsFor(passage.text, claims.get(number) ?? '', question),
    }
    citations.push({ number, document_id, path, title, section, locator, quote: shortened(quote) })
  }
  return citations
}

/** What an answer says before each mark, by number. */
function claimsOf(answer: string): Map<number, string> {
  const claims = new Map<number, string>()
  let claim = ''
  let from = 0
  for (const group of answer.matchAll(/\[\d{1,3}\](?:\s*\[\d{1,3}\])*/g)) {
    const before = answer.slice(Math.max(from, group.index - longestClaim), group.index)
    const said = before
      .replace(/^[\s.,;:!?)]+/, '')
      .replace(/^[-*]\s+/, '')
      .trim()
    if (said !== '') claim = said
    for (const [, number] of group[0].matchAll(/\[(\d+)\]/g)) {
      const former = claims.get(Number(number))
      claims.set(Number(number), former === undefined ? claim : `${former}\n${claim}`)
    }
    from = group.index + group[0].length
  }
  return claims
}

const fold = (text: string): string => text.replace(/\s+/g, ' ').trim()
/** Words in lower case; numbers without grouping, so that `14,300` and `14300` are one. */
const words = (text: string): Set<string> =>
  new Set(
    text
      .toLowerCase()
      .replace(/(?<=\d)[.,'’ ](?=\d{3}(?!\d))/g, '')
      .match(/[\p{L}\p{N}]+/gu) ?? [],
  )

function wordsFor(text: string, claim: string, question: string): string {
  const wanted = fold(claim.split('\n').at(-1) ?? '')
  if (wanted.length > 20 && fold(text).includes(wanted)) return wanted
  const said = words(claim)
  const asked = words(question)
  let best = { score: 0, part: '' }
  for (const part of text.split(/(?<=[.!?。！？])\s+|\n+/)) {
    const own = words(part)
    if (own.size === 0) continue
    let score = 0
    for (const word of own) score += (said.has(word) ? weight(word) : 0) + (asked.has(word) ? weight(word) / 4 : 0)
    // Long parts have more words in common with anything.
    score /= Math.sqrt(own.size + 3)
    if (score > best.score) best = { score, part }
  }
  return fold(best.part === '' ? text : best.part)
}

const weight = (word: string): number => (/\d/.test(word) ? 3 : Math.min(word.length, 8) / 4)

/** How near to the best a row must come to be meant as well. */
const asGood = 0.85

function rowsFor(passage: RetrievedPassage, claim: string, question: string): { locator: string; quote: string } {
  const lines = passage.text.split('\n')
  const header = passage.headerless ? [] : splitCells(lines.shift() ?? '')
  const described = lines.map((line) => describeRow(header, splitCells(line)))
  const meant = meantRows(lines, described, claim, question)
  const quoted = meant.length === 0 ? described.slice(0, 1) : meant.map((at) => described[at] ?? '')
  const numbers = passage.rowNumbers ?? []
  const locator = numbers.length === lines.length ? narrowLocator(passage.locator, numbers, meant) : passage.locator
  return { locator, quote: quoted.slice(0, 3).join('\n') }
}

/** Positions of the rows that an answer speaks of; none when it speaks of no row more than of the others. */
function meantRows(lines: readonly string[], described: readonly string[], claim: string, question: string): number[] {
  const quoted = positions(described, (row) => row !== '' && claim.includes(row))
  if (quoted.length > 0) return quoted
  const cells = lines.map(words)
  const spread = new Map<string, number>()
  for (const row of cells) for (const word of row) spread.set(word, (spread.get(word) ?? 0) + 1)
  const said = words(claim)
  const asked = words(question)
  const scores = cells.map((row) => {
    let score = 0
    for (const word of row) {
      const share = (said.has(word) ? 1 : 0) + (asked.has(word) ? 0.5 : 0)
      if (share > 0) score += share * Math.log(lines.length / (spread.get(word) ?? 1))
    }
    return score
  })
  const best = Math.max(0, ...scores)
  return best === 0 ? [] : positions(scores, (score) => score >= best * asGood)
}

function positions<T>(list: readonly T[], wanted: (value: T) => boolean): number[] {
  return list.flatMap((value, at) => (wanted(value) ? [at] : []))
}

function shortened(text: string): string {
  if (text.length <= longestQuote) return text
  const cut = text.slice(0, longestQuote)
  const space = cut.lastIndexOf(' ')
  return `${(space > longestQuote / 2 ? cut.slice(0, space) : cut).toWellFormed()}…`
}
