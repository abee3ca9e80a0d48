/** What one operation (a search, a turn, a document) makes the system do. Fractions are means. */
export interface Measured {
  dynamodb: { readUnits: number; writeUnits: number }
  sqs: { requests: number }
  s3: { writes: number; reads: number }
  opensearch: { requests: number }
  models: { calls: number; inputTokens: number; outputTokens: number; embeddedTokens: number }
  /** Between the tasks and the services, both ways. */
  kilobytes: Record<string, number>
  logBytes: number
  /** Size of the document, where one was taken in. */
  documentKb: number
}
