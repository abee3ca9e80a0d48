import { tables } from '../../../shared/adapters/dynamodb/tables.ts'
import { metricLabels, metrics } from '../../../shared/telemetry/metrics.ts'
import type { StackConfig } from '../../config.ts'
import { modelsOf } from '../../models.ts'
import { secretsOf } from '../../secrets.ts'
import { alarmsOf, type Watched } from '../../watch/alarm-list.ts'
import { type Context, gigabytes, type Line, line } from '../line.ts'
import { byRequests, ofDocument, type Usage } from '../usage.ts'

const imageGb = 0.087

/** Logs, metrics, alarms, keys and what an account is watched with. */
export function watchLines(context: Context): Line[] {
  return [...logLines(context), ...metricLines(context), ...keyLines(context), ...accountLines(context)]
}

function logLines(context: Context): Line[] {
  const { config, usage } = context
  const fixed = usage.otherLogsMb / 1024
  const requests = gigabytes(byRequests(usage, ({ logBytes }) => logBytes) / 1024)
  const documents = gigabytes((usage.takenIn * ofDocument(usage, ({ logBytes }) => logBytes)) / 1024)
  const kept = config.logDays / 30
  return [
    line(context, 'CloudWatch', 'logs', 'fixed', fixed, 'logIntake'),
    line(context, 'CloudWatch', 'logs', 'documents', documents, 'logIntake'),
    line(context, 'CloudWatch', 'logs', 'requests', requests, 'logIntake'),
    line(context, 'CloudWatch', 'kept logs', 'fixed', fixed * kept, 'logStorage'),
    line(context, 'CloudWatch', 'kept logs', 'documents', documents * kept, 'logStorage'),
    line(context, 'CloudWatch', 'kept logs', 'requests', requests * kept, 'logStorage'),
  ]
}

/** Metrics of ours in CloudWatch: each is billed once for every combination of dimensions that occurs. */
export function customMetrics(usage: Pick<Usage, 'boundedValues' | 'closedShare'>): number {
  const valuesOf = (label: string) => {
    const known = Object.entries<{ values?: readonly string[]; max?: number }>(metricLabels).find(
      ([name]) => name === label,
    )
    const { values, max = 1 } = known?.[1] ?? {}
    return values ? Math.max(1, values.length * usage.closedShare) : Math.min(max, usage.boundedValues)
  }
  const sets = Object.values(metrics).flatMap(({ cloudwatch }): (readonly string[])[] => [...cloudwatch.dimensions])
  return Math.round(sets.reduce((sum, set) => sum + set.reduce((product, label) => product * valuesOf(label), 1), 0))
}

/** Names of nothing: alarms are counted here, not made. */
const somewhere: Omit<Watched, 'models'> = {
  ...{ balancer: '', targetGroup: '', cluster: '', services: { api: '', worker: '' } },
  queues: { ingest: '', deadLetters: '', undelivered: '' },
  tables: Object.fromEntries(Object.keys(tables).map((table) => [table, ''])),
}
/** Two alarms of four metrics each scale the worker, and AWS makes two for each of the API's two targets. */
const scaling = 2 * 4 + 2 * 2

/** Alarms are billed by the metrics that they look at. */
export function alarmMetrics(config: StackConfig): number {
  const models = [...new Set(Object.values(modelsOf(config)).map(({ id }) => id))]
  return alarmsOf(config, { ...somewhere, models }).reduce((sum, { of }) => sum + (of ? 2 : 1), 0) + scaling
}

function metricLines(context: Context): Line[] {
  const { config, usage } = context
  const lines = [
    line(context, 'CloudWatch', 'alarms', 'fixed', alarmMetrics(config), 'alarm'),
    line(context, 'CloudWatch', 'dashboard', 'fixed', 1, 'dashboard'),
    line(context, 'CloudWatch', 'metrics of ours', 'fixed', customMetrics(usage), 'metric'),
  ]
  if (config.collector) {
    const traced = ((usage.questions + usage.searches) * config.traceSampling) / 1e6
    lines.push(line(context, 'X-Ray', 'traces', 'requests', traced, 'traces'))
  }
  if (config.containerInsights) {
    lines.push(line(context, 'CloudWatch', 'metrics of containers', 'fixed', usage.insightMetrics, 'metric'))
  }
  return lines
}

function keyLines(context: Context): Line[] {
  const { config, usage } = context
  const secrets = secretsOf(config).length
  const starts = (usage.taskStarts * secrets) / 10_000
  const lines = [
    line(context, 'Secrets and keys', 'secrets', 'fixed', secrets, 'secret'),
    line(context, 'Secrets and keys', 'requests for secrets', 'fixed', starts, 'secretRequests'),
    // One of our own for everything, or for the alarms alone: their topic takes no other.
    line(context, 'Secrets and keys', 'key in KMS', 'fixed', 1, 'encryptionKey'),
    line(context, 'Container images', 'kept images', 'fixed', usage.imagesKept * imageGb, 'images'),
  ]
  if (config.encryption === 'aws') return lines
  const requests = byRequests(usage, ({ s3 }) => s3.writes + s3.reads)
  const documents = usage.takenIn * ofDocument(usage, ({ s3 }) => s3.writes + s3.reads)
  return [
    ...lines,
    line(context, 'Secrets and keys', 'uses of the key', 'requests', requests / 10_000, 'encryptionRequests'),
    line(context, 'Secrets and keys', 'uses of the key', 'documents', documents / 10_000, 'encryptionRequests'),
  ]
}

function accountLines(context: Context): Line[] {
  const { config, usage } = context
  const objects = byRequests(usage, ({ s3 }) => s3.writes + s3.reads) / 1e5
  return [
    ...(config.cloudTrail
      ? [line(context, 'Account', 'calls to objects (CloudTrail)', 'requests', objects, 'auditEvents')]
      : []),
    ...(config.guardDuty
      ? [
          line(context, 'Account', 'threat detection: calls', 'fixed', usage.managementEvents, 'threatEvents'),
          line(context, 'Account', 'threat detection: network', 'fixed', usage.watchedTrafficGb, 'threatTraffic'),
        ]
      : []),
  ]
}
