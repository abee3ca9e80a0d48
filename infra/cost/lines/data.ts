import { type Context, gigabytes, hoursAMonth, type Line, line, minutesAMonth } from '../line.ts'
import { byRequests, ofDocument, type Scenario, scenarios } from '../usage.ts'

/** Records, objects and messages. */
export function dataLines(context: Context): Line[] {
  return [...tableLines(context), ...objectLines(context), ...messageLines(context), ...backupLines(context)]
}

const schedules = ({ config }: Context) => ({
  sweeps: minutesAMonth / config.sweepMinutes,
  compares: hoursAMonth / config.compareHours,
})

/** What was measured of a minute of doing nothing and of the schedules, over the month. */
function idle(context: Context, of: (scenario: Scenario) => number): number {
  const { sweeps, compares } = schedules(context)
  const { 'idle-minute': minute, sweep, compare } = scenarios
  // How much a comparison reads goes by the documents, and is reckoned with them.
  return minutesAMonth * of(minute) + sweeps * of(sweep) + compares * Math.min(of(compare), of(sweep) + 1)
}

/** KB in DynamoDB for each document: record, active item, list entry, tally. */
const recordKb = 3

function tableGigabytes({ usage }: Context): { documents: number; conversations: number } {
  return {
    documents: gigabytes(usage.kept * recordKb),
    conversations: gigabytes(usage.questions * usage.turnMonths * usage.storedTurnKb),
  }
}

function tableLines(context: Context): Line[] {
  const { config, usage } = context
  const reads = (of: Scenario) => of.dynamodb.readUnits
  const writes = (of: Scenario) => of.dynamodb.writeUnits
  const compared = (usage.kept * schedules(context).compares * recordKb) / 4
  const documentReads = usage.takenIn * ofDocument(usage, reads) + compared
  const documentWrites = usage.takenIn * ofDocument(usage, writes)
  const stored = tableGigabytes(context)
  const lines = [
    line(context, 'DynamoDB', 'reads', 'fixed', idle(context, reads) / 1e6, 'dynamoReads'),
    line(context, 'DynamoDB', 'writes', 'fixed', idle(context, writes) / 1e6, 'dynamoWrites'),
    line(context, 'DynamoDB', 'reads, with the comparisons', 'documents', documentReads / 1e6, 'dynamoReads'),
    line(context, 'DynamoDB', 'writes', 'documents', documentWrites / 1e6, 'dynamoWrites'),
    line(context, 'DynamoDB', 'reads', 'requests', byRequests(usage, reads) / 1e6, 'dynamoReads'),
    line(context, 'DynamoDB', 'writes', 'requests', byRequests(usage, writes) / 1e6, 'dynamoWrites'),
    line(context, 'DynamoDB', 'records', 'documents', stored.documents, 'dynamoStorage'),
    line(context, 'DynamoDB', 'conversations', 'requests', stored.conversations, 'dynamoStorage'),
  ]
  if (!config.pointInTimeRecovery) return lines
  return [
    ...lines,
    line(context, 'DynamoDB', 'recovery of records', 'documents', stored.documents, 'dynamoRecovery'),
    line(context, 'DynamoDB', 'recovery of conversations', 'requests', stored.conversations, 'dynamoRecovery'),
  ]
}

function objectGigabytes({ config, usage }: Context): { documents: number; traces: number } {
  const each = ofDocument(usage, ({ documentKb }) => documentKb)
  const former = (usage.takenIn * config.formerVersionsDays) / 30
  return {
    documents: gigabytes((usage.kept + former) * each),
    traces: gigabytes(usage.questions * usage.turnMonths * usage.storedTraceKb),
  }
}

function objectLines(context: Context): Line[] {
  const { usage } = context
  const stored = objectGigabytes(context)
  const writes = (of: Scenario) => of.s3.writes / 1000
  const reads = (of: Scenario) => of.s3.reads / 1000
  // A page of a list has a thousand objects.
  const listed = (usage.kept * schedules(context).compares) / 1e6
  return [
    line(context, 'S3', 'documents, with their former versions', 'documents', stored.documents, 's3Storage'),
    line(context, 'S3', 'traces of answers', 'requests', stored.traces, 's3Storage'),
    line(context, 'S3', 'writes and lists', 'fixed', idle(context, writes), 's3Writes'),
    line(context, 'S3', 'reads', 'fixed', idle(context, reads), 's3Reads'),
    line(
      context,
      'S3',
      'writes and lists',
      'documents',
      usage.takenIn * ofDocument(usage, writes) + listed,
      's3Writes',
    ),
    line(context, 'S3', 'reads', 'documents', usage.takenIn * ofDocument(usage, reads), 's3Reads'),
    line(context, 'S3', 'writes', 'requests', byRequests(usage, writes), 's3Writes'),
    line(context, 'S3', 'reads', 'requests', byRequests(usage, reads), 's3Reads'),
  ]
}

/** Questions and searches send no message; what was counted beside them are the worker's own polls. */
function messageLines(context: Context): Line[] {
  const { usage } = context
  const asked = (of: Scenario) => of.sqs.requests / 1e6
  const workers = Math.max(1, context.config.workerMin)
  return [
    line(context, 'SQS', 'asking for messages', 'fixed', workers * idle(context, asked), 'sqsRequests'),
    line(context, 'SQS', 'jobs', 'documents', usage.takenIn * ofDocument(usage, asked), 'sqsRequests'),
  ]
}

function backupLines(context: Context): Line[] {
  if (!context.config.backup) return []
  const tables = tableGigabytes(context)
  const objects = objectGigabytes(context)
  // A table is copied as a whole each time, objects as far as they have changed.
  const copies = context.config.backupDays
  return [
    line(context, 'Backup', 'records', 'documents', tables.documents * copies, 'backupTables'),
    line(context, 'Backup', 'conversations', 'requests', tables.conversations * copies, 'backupTables'),
    line(context, 'Backup', 'documents', 'documents', objects.documents, 'backupObjects'),
  ]
}
