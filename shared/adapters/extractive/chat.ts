import {
  type ChatModel,
  type ConverseEvent,
  type ConverseRequest,
  refuseTools,
  type Source,
} from '../../ports/chat-model.ts'
import { type Analyzer, createAnalyzer, type SearchLanguage } from '../../text/analyze.ts'
import { languageOf } from '../../text/language.ts'
import { notSaid } from '../../text/not-said.ts'
import { blocksOf } from './blocks.ts'
import { type Question, readQuestion } from './question.ts'
import { type Candidate, rank } from './score.ts'

const mostQuotes = 4
/** How much of the best score a further quotation must have, and how much when it speaks of something new. */
const asGood = 0.9
const goodAndNew = 0.65

/**
 * Answers by quoting: the one to four best supported sentences or table rows, word for word, each with its mark.
 * No language model is involved; what it says is in the documents, or it says that they don't say.
 */
export function createExtractive(options: { language: SearchLanguage }): ChatModel {
  const analyzers = new Map<SearchLanguage, Analyzer>()
  const analyzerOf = (language: SearchLanguage): Analyzer => {
    const analyzer = analyzers.get(language) ?? createAnalyzer(language)
    analyzers.set(language, analyzer)
    return analyzer
  }
  return {
    id: 'extractive',
    generates: false,
    usesTools: false,
    contextTokens: Number.MAX_SAFE_INTEGER,
    async *converse(request, signal) {
      refuseTools('extractive', request)
      for (const text of signal.aborted ? [] : answer(request, options.language, analyzerOf)) {
        yield { type: 'text', text }
        if (signal.aborted) break
      }
      // No model ran, so nothing was used up.
      const usage: ConverseEvent = { type: 'usage', inputTokens: 0, outputTokens: 0, estimated: signal.aborted }
      yield usage
      yield { type: 'stop', reason: signal.aborted ? 'aborted' : 'end' }
    },
  }
}

function answer(
  request: ConverseRequest,
  expected: SearchLanguage,
  analyzerOf: (language: SearchLanguage) => Analyzer,
): string[] {
  const asked = request.messages.findLast((message) => message.role === 'user')?.content ?? ''
  // Both sides are read by the rules of the question's language, whatever search is set to.
  const language = languageOf(asked, expected)
  const analyzer = analyzerOf(language ?? expected)
  const question = readQuestion(asked, analyzer, language)
  const ranked = rank(question, request.sources.map(blocksOf), analyzer)
  const supported = ranked.filter((candidate) => supports(question, candidate))
  const chosen = choose(supported)
  if (chosen.length === 0) return [notSaid]
  const lines = chosen.map((candidate) => quote(candidate, request.sources))
  const parts = lines.length === 1 ? lines : lines.map((line, at) => (at === 0 ? `- ${line}` : `\n- ${line}`))
  const more = moreRows(supported, chosen)
  return more === undefined ? parts : [...parts, more]
}

/** What the question names must be met; of its other words long questions have more than an answer repeats. */
function supports(question: Question, candidate: Candidate): boolean {
  if (!candidate.meets) return false
  const count = question.terms.length
  const least = count <= 3 ? 0.56 : count <= 6 ? 0.5 : 0.4
  if (candidate.own.size === 0) return candidate.coverage >= contextAlone
  return candidate.coverage >= least && (count < 3 || candidate.coverage >= 0.7 || candidate.spoken >= 2)
}

/** A sentence without any of the question's words answers only under a heading that has them all. */
const contextAlone = 0.59

function choose(supported: readonly Candidate[]): Candidate[] {
  const best = supported[0]
  if (best === undefined) return []
  const chosen: Candidate[] = []
  const said = new Set<string>()
  for (const candidate of supported) {
    if (chosen.length === mostQuotes) break
    const fresh = [...candidate.own].some((term) => !said.has(term))
    if (candidate.score < best.score * (fresh ? goodAndNew : asGood)) continue
    if (chosen.some((other) => other.text.includes(candidate.text) || candidate.text.includes(other.text))) continue
    chosen.push(candidate)
    for (const term of candidate.own) said.add(term)
  }
  return chosen
}

function quote(candidate: Candidate, sources: readonly Source[]): string {
  // A bracketed number of the document's own would pass for a citation.
  const text = candidate.text.replace(/\[(\s*\d{1,3}(?:\s*[,;]\s*\d{1,3})*\s*)\]/g, '($1)').replace(/^[-*+•–]\s+/, '')
  return `${text} [${sources[candidate.source]?.number ?? 0}]`
}

function moreRows(supported: readonly Candidate[], chosen: readonly Candidate[]): string | undefined {
  if (chosen.length < mostQuotes || chosen.some((candidate) => candidate.kind !== 'row')) return undefined
  const least = chosen.at(-1)?.score ?? 0
  const equal = supported.filter((candidate) => candidate.kind === 'row' && candidate.score >= least - 0.07).length
  // How many there are in the whole table is not known: only the passages that were found are looked at.
  return equal > chosen.length ? `\n(${chosen.length} rows are shown; more fit.)` : undefined
}
