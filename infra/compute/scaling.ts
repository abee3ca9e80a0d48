import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import { type Base, nameOf } from '../base.ts'
import type { Queues } from '../queues/queues.ts'
import { queueMetric } from '../watch/published.ts'
import type { AppService } from './app-service.ts'

/** A job that waits for longer asks for more workers, however few wait. */
const tooOldSeconds = 300
/** How busy API tasks may be on average before another is started, in percent. */
const busyPercent = 60

interface ScalingArgs {
  app: AppService
  cluster: aws.ecs.Cluster
}

/** API tasks by what each has to do: requests, and processor time. */
export function scaleApi(
  base: Base,
  args: ScalingArgs & { balancer: aws.lb.LoadBalancer; group: aws.lb.TargetGroup },
): void {
  const { config } = base
  const range = scalable(base, 'api', args, config.apiMin, config.apiMax)
  const follow = (
    part: string,
    predefinedMetricType: string,
    targetValue: number,
    resourceLabel?: pulumi.Input<string>,
  ) =>
    new aws.appautoscaling.Policy(
      nameOf(base, `api-${part}`),
      {
        name: nameOf(base, `api-${part}`),
        policyType: 'TargetTrackingScaling',
        ...rangeOf(range),
        targetTrackingScalingPolicyConfiguration: {
          predefinedMetricSpecification: { predefinedMetricType, ...(resourceLabel && { resourceLabel }) },
          targetValue,
          scaleOutCooldown: 60,
          scaleInCooldown: 300,
        },
      },
      { parent: args.app },
    )
  const label = pulumi.interpolate`${args.balancer.arnSuffix}/${args.group.arnSuffix}`
  follow('requests', 'ALBRequestCountPerTarget', config.apiRequestsPerMinute, label)
  follow('cpu', 'ECSServiceAverageCPUUtilization', busyPercent)
}

/**
 * Worker tasks by what there is to do: one for each `workerBacklog` messages, whatever state they are in, and twice as
 * many once the oldest waits for too long. None when there is nothing, where `workerMin` is 0.
 *
 * Steps to exact numbers, since a target for each task says nothing while there is no task.
 */
export function scaleWorker(base: Base, args: ScalingArgs & { queues: Queues }): void {
  const { config } = base
  const { workerBacklog: each, workerMin: min, workerMax: max } = config
  const range = scalable(base, 'worker', args, min, max)
  const exactly = (
    part: string,
    stepAdjustments: aws.types.input.appautoscaling.PolicyStepScalingPolicyConfigurationStepAdjustment[],
  ) =>
    new aws.appautoscaling.Policy(
      nameOf(base, `worker-${part}`),
      {
        name: nameOf(base, `worker-${part}`),
        policyType: 'StepScaling',
        ...rangeOf(range),
        stepScalingPolicyConfiguration: {
          adjustmentType: 'ExactCapacity',
          metricAggregationType: 'Maximum',
          cooldown: 60,
          stepAdjustments,
        },
      },
      { parent: args.app },
    )
  const busy = exactly('backlog', workerSteps(Math.max(1, min), max, each))
  const idle = exactly('idle', [{ metricIntervalUpperBound: '0', scalingAdjustment: min }])
  const wanted = demand(args.queues.ingest.name, each)
  const alarm = (
    part: string,
    more: Pick<aws.cloudwatch.MetricAlarmArgs, 'comparisonOperator' | 'evaluationPeriods' | 'alarmDescription'>,
    policy: aws.appautoscaling.Policy,
  ) =>
    new aws.cloudwatch.MetricAlarm(
      nameOf(base, `worker-${part}`),
      {
        name: nameOf(base, `worker-${part}`),
        ...more,
        threshold: 0,
        metricQueries: wanted,
        treatMissingData: 'notBreaching',
        alarmActions: [policy.arn],
      },
      { parent: args.app },
    )
  alarm(
    'backlog',
    { comparisonOperator: 'GreaterThanThreshold', evaluationPeriods: 1, alarmDescription: 'Scales: there are jobs' },
    busy,
  )
  alarm(
    'idle',
    {
      comparisonOperator: 'LessThanOrEqualToThreshold',
      evaluationPeriods: 15,
      alarmDescription: 'Scales: there are no jobs',
    },
    idle,
  )
}

/** How many tasks for which backlog above none: `count` of them up to `count * each` messages. */
export function workerSteps(min: number, max: number, each: number) {
  return Array.from({ length: max - min + 1 }, (_, index) => {
    const tasks = min + index
    return {
      metricIntervalLowerBound: String(index === 0 ? 0 : (tasks - 1) * each),
      ...(tasks < max && { metricIntervalUpperBound: String(tasks * each) }),
      scalingAdjustment: tasks,
    }
  })
}

/** Messages that wait (a backlog is put off, so also those that are delayed) or are in hand. */
function demand(queueName: pulumi.Input<string>, each: number): aws.types.input.cloudwatch.MetricAlarmMetricQuery[] {
  const ask = (id: string, metricName: Parameters<typeof queueMetric>[0]) => ({
    id,
    metric: { ...queueMetric(metricName, queueName), stat: 'Maximum', period: 60 },
  })
  return [
    ask('visible', 'ApproximateNumberOfMessagesVisible'),
    ask('delayed', 'ApproximateNumberOfMessagesDelayed'),
    ask('held', 'ApproximateNumberOfMessagesNotVisible'),
    ask('age', 'ApproximateAgeOfOldestMessage'),
    { id: 'backlog', expression: 'visible + delayed + held', label: 'Jobs' },
    {
      id: 'demand',
      // At least one message more than one task would do.
      expression: `IF(age > ${tooOldSeconds} AND backlog > 0, backlog * 2 + ${each}, backlog)`,
      label: 'Demand',
      returnData: true,
    },
  ]
}

function scalable(base: Base, part: string, { app, cluster }: ScalingArgs, minCapacity: number, maxCapacity: number) {
  return new aws.appautoscaling.Target(
    nameOf(base, part),
    {
      serviceNamespace: 'ecs',
      scalableDimension: 'ecs:service:DesiredCount',
      resourceId: pulumi.interpolate`service/${cluster.name}/${app.service.name}`,
      minCapacity,
      maxCapacity,
    },
    { parent: app },
  )
}

const rangeOf = ({ resourceId, scalableDimension, serviceNamespace }: aws.appautoscaling.Target) => ({
  resourceId,
  scalableDimension,
  serviceNamespace,
})
