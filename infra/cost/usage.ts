import type { CaseName } from './cases.ts'
import measured from './measured.json' with { type: 'json' }
import type { Measured } from './measured.ts'

/** What a month brings; everything else is assumed below. */
export interface Workload {
  /** Questions and searches. */
  requests: number
  /** Documents that are kept. */
  documents: number
  /** Tokens of a prompt for an answer, instead of what was measured. */
  tokensIn?: number
  /** Tokens of an answer, instead of what is assumed. */
  tokensOut?: number
}

export const defaultDocuments = 5_000

interface Assumption {
  about: string
  /** Floor, expected, ceiling. A figure that lowers the cost falls. */
  values: readonly [number, number, number]
}

const assume = (about: string, ...values: [number, number, number]): Assumption => ({ about, values })

/**
 * The usage model: what a request and a document are taken to be, where that was not measured. `npm run cost -- --json`
 * prints them.
 */
export const assumptions = {
  chatShare: assume('Share of requests that are questions; the rest are searches', 0.5, 0.8, 1),
  followUpShare: assume('Share of questions that continue a conversation, and are first rewritten', 0.2, 0.4, 0.6),
  cachedShare: assume('Share of first questions that are answered from the cache', 0.2, 0.05, 0),
  promptFactor: assume('Prompt, as a multiple of the measured one', 0.6, 1, 1.5),
  answerTokens: assume('Tokens of an answer; ANSWER_TOKENS is the most', 100, 250, 1024),
  rewriteTokens: assume('Tokens of a rewritten question; 160 are the most', 20, 40, 160),
  answerKb: assume('Sent to a caller for a request, in KB', 4, 10, 30),
  storedTurnKb: assume('A question with its answer, citations and sources in DynamoDB, in KB', 3, 6, 20),
  storedTraceKb: assume('The trace of an answer in S3, in KB', 2, 4, 15),
  turnMonths: assume('Months of conversations that are kept: nothing removes them by itself', 1, 12, 24),

  markdownShare: assume('Share of documents like the measured page of Markdown', 1, 0.3, 0),
  workbookShare: assume('Share of documents like the measured workbook; the rest are like the PDF', 0, 0.05, 0.3),
  changedShare: assume(
    'Documents taken in within the month, as a share of those kept; 1 is the first load',
    0.02,
    0.1,
    1,
  ),
  indexFactor: assume('Index on disk, as a multiple of its vectors', 2, 4, 8),
  vectorsForUnit: assume('GB of vectors that a capacity unit of OpenSearch Serverless holds in memory', 4, 3, 2),

  activeHours: assume('Hours of the month in which somebody asks', 100, 220, 730),
  peakFactor: assume('Requests in the busiest minute, as a multiple of the mean of those hours', 2, 5, 20),
  documentSeconds: assume('Seconds for which a document occupies a worker, four at once', 1, 4, 30),
  wakeHours: assume(
    'Hours that a worker runs which was started from none: it goes after 15 idle minutes',
    0.27,
    0.3,
    1,
  ),
  spotPrice: assume('Price of spare capacity, as a share of the full one ("up to 70 % less")', 0.3, 0.4, 1),
  taskStarts: assume('Tasks started in the month, each of which fetches the image', 10, 60, 1_000),
  imagesKept: assume('Images kept in the registry, 87 MB each', 1, 5, 30),

  otherLogsMb: assume(
    'Logs besides those of requests: health checks, and metrics every minute, in MB',
    200,
    500,
    3_000,
  ),
  flowLogsGb: assume('Logs of the network, where they are on, in GB', 0.2, 2, 20),
  boundedValues: assume('Values that a label without a closed set takes (routes, models, codes)', 2, 6, 20),
  closedShare: assume('Share of the values of closed sets that occur', 0.3, 0.5, 1),
  insightMetrics: assume('Metrics of Container Insights', 20, 60, 200),
  managementEvents: assume('Millions of calls that change or list resources in the account', 0.05, 0.2, 2),
  watchedTrafficGb: assume('GB of network and DNS logs that threat detection reads', 0.2, 2, 20),
  users: assume('People who sign in through Cognito; 10,000 are free', 0, 200, 20_000),
} as const satisfies Record<string, Assumption>

export type Assumptions = Readonly<Record<keyof typeof assumptions, number>>

const place = { floor: 0, expected: 1, ceiling: 2 } as const satisfies Record<CaseName, number>

/** What is assumed in one case, with what the workload says instead. */
export function assumedIn(which: CaseName, { tokensIn, tokensOut }: Workload): Assumptions {
  const values = Object.fromEntries(
    Object.entries<Assumption>(assumptions).map(([name, { values }]) => [name, values[place[which]]]),
  ) as Assumptions
  return {
    ...values,
    ...(tokensIn !== undefined && { promptFactor: tokensIn / scenarios.turn.models.inputTokens }),
    ...(tokensOut !== undefined && { answerTokens: tokensOut }),
  }
}

/** What the code was seen to do (tools/cost/measure.ts), for one operation each. */
export type Scenario = Measured
export const scenarios: Readonly<Record<keyof typeof measured.scenarios, Scenario>> = measured.scenarios
export const measurement = { made: measured.made, by: measured.by, on: measured.on }

/** What a month of a workload makes the system do, in one case. */
export interface Usage extends Assumptions {
  questions: number
  searches: number
  followUps: number
  /** First questions that reach the model. */
  firstTurns: number
  cached: number
  kept: number
  takenIn: number
}

export function usageOf(which: CaseName, workload: Workload): Usage {
  const assumed = assumedIn(which, workload)
  const questions = workload.requests * assumed.chatShare
  const followUps = questions * assumed.followUpShare
  const cached = (questions - followUps) * assumed.cachedShare
  return {
    ...assumed,
    questions,
    searches: workload.requests - questions,
    followUps,
    cached,
    firstTurns: questions - followUps - cached,
    kept: workload.documents,
    takenIn: workload.documents * assumed.changedShare,
  }
}

/** Something measured, over all requests of the month. */
export function byRequests(usage: Usage, of: (scenario: Scenario) => number): number {
  const { search, turn, cached, 'follow-up': followUp } = scenarios
  const turns = usage.firstTurns * of(turn) + usage.cached * of(cached) + usage.followUps * of(followUp)
  return usage.searches * of(search) + turns
}

/** Something measured of one document of the mixture. */
export function ofDocument(usage: Usage, of: (scenario: Scenario) => number): number {
  const { markdownShare, workbookShare } = usage
  const pdfShare = 1 - markdownShare - workbookShare
  return (
    markdownShare * of(scenarios['document-markdown']) +
    pdfShare * of(scenarios['document-pdf']) +
    workbookShare * of(scenarios['document-xlsx'])
  )
}
