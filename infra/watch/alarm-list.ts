import type * as pulumi from '@pulumi/pulumi'
import {
  type MetricAlarm,
  type MetricDefinition,
  type MetricName,
  metrics,
  runbookOf,
} from '../../shared/telemetry/metrics.ts'
import type { StackConfig } from '../config.ts'
import { publishedMetric, queueMetric, type Series } from './published.ts'
import { ownMetric } from './series.ts'

/** An alarm: when it rings, and a way to see it ring. */
export interface Alarm {
  name: string
  about: string
  /** What to do that it rings, beside `aws cloudwatch set-alarm-state`, which only tries the way to whoever is called. */
  fire: string
  series: Series
  statistic: string
  comparison: 'GreaterThanThreshold' | 'GreaterThanOrEqualToThreshold' | 'LessThanThreshold'
  threshold: number
  periodSeconds: number
  periods: number
  missing: 'notBreaching' | 'breaching' | 'ignore'
  /** A share of it, in percent, is what counts. */
  of?: Series
}

/** What the alarms of AWS's own metrics are about. */
export interface Watched {
  balancer: pulumi.Input<string>
  targetGroup: pulumi.Input<string>
  cluster: pulumi.Input<string>
  services: Readonly<Record<'api' | 'worker', pulumi.Input<string>>>
  queues: Readonly<Record<'ingest' | 'deadLetters' | 'undelivered', pulumi.Input<string>>>
  tables: Readonly<Record<string, pulumi.Input<string>>>
  /** Ids by which Bedrock tells its metrics apart. */
  models: readonly string[]
}

const common = { comparison: 'GreaterThanThreshold', missing: 'notBreaching', periods: 1 } as const
const fiveMinutes = 300

/** All alarms of a stack. */
export function alarmsOf(config: StackConfig, watched: Watched): Alarm[] {
  return [
    ...ofEntry(config, watched),
    ...ofQueues(watched),
    ...ofThrottling(watched),
    ...ofTasks(watched),
    ...ofProgram(config),
  ]
}

function ofEntry(config: StackConfig, { balancer, targetGroup }: Watched): Alarm[] {
  const entry = { LoadBalancer: balancer }
  const group = { LoadBalancer: balancer, TargetGroup: targetGroup }
  return [
    {
      ...{ ...common, name: 'errors', about: 'More than 5 % of all requests failed on our side', statistic: 'Sum' },
      fire: 'Stop OpenSearch being reached (take the rule api-to-search out of its security group) and search for five minutes.',
      series: ownMetric(config, 'kass.http.errors'),
      of: ownMetric(config, 'kass.http.requests'),
      ...{ threshold: 5, periodSeconds: fiveMinutes },
    },
    {
      ...{ ...common, name: 'balancer-errors', about: 'The load balancer itself answered with 5xx', statistic: 'Sum' },
      fire: 'Set the desired count of the API to 0 and call it eleven times.',
      series: publishedMetric('AWS/ApplicationELB', 'HTTPCode_ELB_5XX_Count', entry),
      ...{ threshold: 10, periodSeconds: fiveMinutes },
    },
    {
      ...{ ...common, name: 'latency', about: 'One request in a hundred waits longer than 5 s for its first byte' },
      fire: 'Set MAX_CHATS to 1 and ask twenty questions at once, for fifteen minutes.',
      series: publishedMetric('AWS/ApplicationELB', 'TargetResponseTime', entry),
      ...{ statistic: 'p99', threshold: 5, periodSeconds: fiveMinutes, periods: 3 },
    },
    {
      ...{ ...common, name: 'no-target', about: 'No API task is well', statistic: 'Minimum' },
      fire: 'Set the desired count of the API to 0.',
      series: publishedMetric('AWS/ApplicationELB', 'HealthyHostCount', group),
      ...{ comparison: 'LessThanThreshold', threshold: 1, periodSeconds: 60, periods: 2, missing: 'breaching' },
    },
  ]
}

function ofQueues({ queues }: Watched): Alarm[] {
  const filled = (name: string, about: string, fire: string, queue: pulumi.Input<string>): Alarm => ({
    ...{ ...common, name, about, fire, statistic: 'Maximum', threshold: 0, periodSeconds: 60 },
    series: queueMetric('ApproximateNumberOfMessagesVisible', queue),
  })
  return [
    filled(
      'dead-letters',
      'A job became a dead letter',
      'aws sqs send-message --queue-url <ingest queue> --message-body nonsense',
      queues.deadLetters,
    ),
    filled(
      'undelivered',
      'A schedule could not deliver its job',
      'Take the statement Fromevents out of the policy of the ingest queue and wait for the next sweep.',
      queues.undelivered,
    ),
    {
      ...{ ...common, name: 'oldest-job', about: 'A job waits for more than 15 minutes', statistic: 'Maximum' },
      fire: 'Set the desired count of the worker to 0 and upload a document.',
      series: queueMetric('ApproximateAgeOfOldestMessage', queues.ingest),
      ...{ threshold: 900, periodSeconds: fiveMinutes },
    },
  ]
}

function ofThrottling({ tables, models }: Watched): Alarm[] {
  const throttled = (name: string, about: string, fire: string, series: Series): Alarm => ({
    ...{ ...common, name, about, fire, series, statistic: 'Sum', threshold: 0, periodSeconds: fiveMinutes, periods: 3 },
  })
  return [
    ...models.map((model) =>
      throttled(
        `throttled-${model.replace(/\W+/g, '-')}`,
        `Bedrock refused calls of ${model} since there were too many`,
        'Ask for more tokens a minute than the quota allows, for fifteen minutes.',
        publishedMetric('AWS/Bedrock', 'InvocationThrottles', { ModelId: model }),
      ),
    ),
    ...Object.entries(tables).flatMap(([table, name]) =>
      (['Read', 'Write'] as const).map((kind) =>
        throttled(
          `throttled-${table}-${kind.toLowerCase()}s`,
          `DynamoDB refused ${kind.toLowerCase()}s of the table ${table}`,
          `Set the on-demand maximum of the table to 1 (aws dynamodb update-table --on-demand-throughput) and use it for fifteen minutes.`,
          publishedMetric('AWS/DynamoDB', `${kind}ThrottleEvents`, { TableName: name }),
        ),
      ),
    ),
  ]
}

function ofTasks({ cluster, services }: Watched): Alarm[] {
  return (['api', 'worker'] as const).flatMap((service) =>
    (['CPUUtilization', 'MemoryUtilization'] as const).map((metric): Alarm => {
      const what = metric === 'CPUUtilization' ? 'processor' : 'memory'
      return {
        ...{
          ...common,
          name: `${service}-${what}`,
          about: `Tasks of the ${service} use more than 90 % of their ${what}`,
        },
        fire: `Load the ${service} at its largest number of tasks, for fifteen minutes.`,
        series: publishedMetric('AWS/ECS', metric, { ClusterName: cluster, ServiceName: services[service] }),
        ...{ statistic: 'Average', threshold: 90, periodSeconds: fiveMinutes, periods: 3 },
      }
    }),
  )
}

/** Those that the program's own table of metrics suggests. */
function ofProgram(config: StackConfig): Alarm[] {
  const own = Object.entries<MetricDefinition>(metrics).filter((entry): entry is [MetricName, MetricDefinition] =>
    isOwn(entry[0]),
  )
  return own.flatMap(([name, { alarm }]) => {
    if (alarm === undefined) return []
    const { dimensions = {}, ...rest }: MetricAlarm = alarm
    // Where no worker runs while there is nothing to do, nobody tells how old the oldest job is.
    const missing = config.workerMin === 0 && rest.missing === 'breaching' ? 'notBreaching' : rest.missing
    const fire = `See "how to try it" in ${runbookOf(name)}.`
    return [{ ...rest, missing, name: name.replace(/\W+/g, '-'), fire, series: ownMetric(config, name, dimensions) }]
  })
}

function isOwn(name: string): name is MetricName {
  return name in metrics
}
