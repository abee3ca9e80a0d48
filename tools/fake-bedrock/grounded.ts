import { type Analyzer, createAnalyzer, type SearchLanguage } from '../../shared/text/analyze.ts'
import { describeRow, splitCells } from '../../shared/text/cells.ts'
import { notSaid } from '../../shared/text/not-said.ts'
import { sentences } from '../../shared/text/sentences.ts'

interface Line {
  number: number
  text: string
  /** Terms of its own, and of the title and place above it. */
  own: Set<string>
  above: Set<string>
}

const source = /<source\b([^>]*?\bnumber="(\d{1,3})"[^>]*)>\n?([\s\S]*?)<\/source>/g
const languages: SearchLanguage[] = ['english', 'german', 'french', 'spanish', 'italian', 'portuguese', 'dutch']
const analyzers = languages.map(createAnalyzer)
const [fallback = createAnalyzer('english')] = analyzers
/** Words that only ask. */
const asking =
  /\b(how|many|much|get|gets|give|tell|list|show|find|long|often|please|according|documents?|wie|viele?|lange|oft|combien|cu[aá]nt[oa]s?)\b/gi
const wantsNumber =
  /\b(how (many|much|long|often|high|large)|when|number|total|wie ?viele?|wann|combien|cu[aá]nt|quanto)/i
/** Share of a question that an answer must speak of. */
const supported = 0.5
/** Share of it that a second sentence must speak of, when it has something that the first one has not. */
const added = 0.3
/** What a term counts for that stands in the title or the place only. */
const aboveShare = 0.5

/** Whether a prompt brings numbered sources. */
export const hasSources = (prompt: string): boolean => prompt.search(source) >= 0

/** The question of a prompt: what follows its sources and instructions. */
export function questionOf(prompt: string): string {
  const behind = prompt.slice(prompt.lastIndexOf('</source>') + 1).replace(/^\/source>/, '')
  return behind.replace(/^[\s\S]*?\bQuestion:\s*/i, '').trim()
}

/**
 * The answer to a prompt with numbered sources: the sentence or the row that speaks of most of the question, word for
 * word, with its mark, and a second one where it adds to it. Or that the documents don't say.
 */
export function groundedAnswer(prompt: string): string {
  const question = questionOf(prompt)
  const analyzer = analyzerOf(question)
  const terms = new Set(analyzer.terms(question.replace(asking, ' ')))
  const lines = [...prompt.matchAll(source)].flatMap(([, about = '', number = '', text = '']) =>
    linesOf(text).map((line): Line => {
      const values = [...about.matchAll(/="([^"]*)"/g)].map(([, value]) => value).join(' ')
      return {
        number: Number(number),
        text: line,
        own: new Set(analyzer.terms(line).filter((term) => terms.has(term))),
        above: new Set(analyzer.terms(values).filter((term) => terms.has(term))),
      }
    }),
  )
  const weights = new Map([...terms].map((term) => [term, weight(term, lines)]))
  const number = wantsNumber.test(question)
  const ranked = lines
    .map((line) => ({ line, cover: coverage(line, weights) }))
    .filter(({ line, cover }) => line.own.size > 0 && cover >= added)
    .map(({ line, cover }) => ({ line, cover, score: cover + (number && /\d/.test(line.text) ? 0.1 : 0) }))
    .sort((a, b) => b.score - a.score || a.line.number - b.line.number)
  const best = ranked.find(({ cover }) => cover >= supported)?.line
  if (best === undefined) return notSaid
  const adds = ({ own }: Line) =>
    [...own].reduce((sum, term) => sum + (best.own.has(term) ? 0 : (weights.get(term) ?? 0)), 0)
  const most = Math.max(...ranked.map(({ line }) => adds(line)))
  const more = most > 0 ? ranked.find(({ line }) => adds(line) === most)?.line : undefined
  return [best, ...(more ? [more] : [])].map((line) => `${defused(line.text)} [${line.number}]`).join('\n')
}

/** Rare terms weigh more. */
function weight(term: string, lines: readonly Line[]): number {
  const having = lines.filter((line) => line.own.has(term)).length
  return having === 0 ? 1 : 0.4 + 0.6 * (1 - having / (lines.length + 1))
}

function coverage(line: Line, weights: ReadonlyMap<string, number>): number {
  let all = 0
  let covered = 0
  for (const [term, each] of weights) {
    all += each
    covered += line.own.has(term) ? each : line.above.has(term) ? each * aboveShare : 0
  }
  return all === 0 ? 0 : covered / all
}

/** The language whose stop words the question has most of. */
function analyzerOf(question: string): Analyzer {
  const words = question.toLowerCase().match(/\p{L}+/gu) ?? []
  const counts = analyzers.map((analyzer) => words.filter((word) => analyzer.isStopWord(word)).length)
  return analyzers[counts.indexOf(Math.max(...counts))] ?? fallback
}

/** A bracketed number of the document's own would pass for a citation. */
const defused = (text: string): string => text.replace(/\[(\s*\d{1,3}(?:\s*[,;]\s*\d{1,3})*\s*)\]/g, '($1)')

/** The sentences of a text; of a table, its rows with the names of their columns. */
function linesOf(text: string): string[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const cells = lines.map(splitCells)
  const [header = [], ...rows] = cells
  if (header.length > 1 && rows.length > 0 && rows.every((row) => row.length <= header.length)) {
    const named = header.every((cell) => !/^[\d.,%\s-]+$/.test(cell))
    return named ? rows.map((row) => describeRow(header, row)) : cells.map((row) => describeRow([], row))
  }
  // Lines that were only wrapped belong together.
  const joined = text.replace(/(?<![.!?:;\n])\n(?=[\p{Ll}\d])/gu, ' ')
  return joined
    .split('\n')
    .flatMap((line) => sentences(line.replace(/^\s*(?:[-*+•]|#{1,6})\s+/, '')).map((s) => s.text))
}
