import * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import { type Base, Component, nameOf } from '../base.ts'
import { resourcePolicy } from '../grants.ts'
import { createKey } from '../storage/key.ts'
import { type Alarm, alarmsOf, type Watched } from './alarm-list.ts'

/** The alarms, and the topic that they are sent to. */
export class Alarms extends Component {
  readonly topic: aws.sns.Topic

  constructor(base: Base, args: { watched: Watched; keyArn: pulumi.Output<string> | undefined }) {
    super('Alarms', base)
    const { config, account } = base
    const name = nameOf(base, 'alarms')
    const opts = { parent: this }
    const senders = ['cloudwatch', 'budgets', 'costalerts'] as const
    // Alarms cannot be sent to a topic that the key of SNS encrypts: only a key of our own can admit who sends them.
    const keyArn = args.keyArn ?? createKey(base, 'alarms', senders, this).arn
    this.topic = new aws.sns.Topic(name, { name, kmsMasterKeyId: keyArn }, opts)
    new aws.sns.TopicPolicy(
      name,
      {
        arn: this.topic.arn,
        policy: resourcePolicy(
          senders.map((service) => ({
            sid: `From${service}`,
            principal: { Service: `${service}.amazonaws.com` },
            actions: ['sns:Publish'],
            resources: [this.topic.arn],
            conditions: { StringEquals: { 'aws:SourceAccount': account } },
          })),
        ),
      },
      opts,
    )
    if (config.alarmEmail !== '') {
      const args = { topic: this.topic.arn, protocol: 'email', endpoint: config.alarmEmail }
      new aws.sns.TopicSubscription(name, args, opts)
    }
    for (const alarm of alarmsOf(config, args.watched)) this.#make(base, alarm)
  }

  #make(base: Base, alarm: Alarm): void {
    const { series, of, statistic, periodSeconds: period } = alarm
    const measured = ({ namespace, metricName, dimensions }: typeof series) => ({
      metric: { namespace, metricName, dimensions, stat: statistic, period },
    })
    const share = of && {
      metricQueries: [
        { id: 'part', ...measured(series) },
        { id: 'whole', ...measured(of) },
        // A handful of requests says nothing.
        { id: 'share', expression: 'IF(whole >= 20, 100 * part / whole, 0)', label: alarm.about, returnData: true },
      ],
    }
    const extended = /^p\d/.test(statistic) ? { extendedStatistic: statistic } : { statistic }
    new aws.cloudwatch.MetricAlarm(
      nameOf(base, alarm.name),
      {
        name: nameOf(base, alarm.name),
        alarmDescription: `${alarm.about}. To try it: ${alarm.fire}`,
        comparisonOperator: alarm.comparison,
        threshold: alarm.threshold,
        evaluationPeriods: alarm.periods,
        treatMissingData: alarm.missing,
        ...(share ?? { ...series, period, ...extended }),
        alarmActions: [this.topic.arn],
        okActions: [this.topic.arn],
      },
      { parent: this },
    )
  }
}
