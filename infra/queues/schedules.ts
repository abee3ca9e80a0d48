import * as aws from '@pulumi/aws'
import { type Base, Component, nameOf } from '../base.ts'
import type { Queues } from './queues.ts'

/** As often and as long as EventBridge tries to deliver, before the event is kept in a queue of its own. */
export const delivery = { maximumRetryAttempts: 2, maximumEventAgeInSeconds: 24 * 3600 }

/** What comes by the clock and by events of other services: each puts one of our own jobs into the queue. */
export class Schedules extends Component {
  readonly rules: readonly aws.cloudwatch.EventRule[]

  constructor(base: Base, args: { queues: Queues }) {
    super('Schedules', base)
    const { sweepMinutes, compareHours, backup } = base.config
    const send = (part: string, kind: 'sweep' | 'compare', when: aws.cloudwatch.EventRuleArgs) => {
      const rule = new aws.cloudwatch.EventRule(
        nameOf(base, part),
        { name: nameOf(base, part), ...when },
        { parent: this },
      )
      new aws.cloudwatch.EventTarget(
        nameOf(base, part),
        {
          rule: rule.name,
          arn: args.queues.ingest.arn,
          input: JSON.stringify({ kind }),
          retryPolicy: delivery,
          deadLetterConfig: { arn: args.queues.undelivered.arn },
        },
        { parent: this },
      )
      return rule
    }
    this.rules = [
      send('sweep', 'sweep', {
        description: 'Looks for documents that wait for too long',
        scheduleExpression: rate(sweepMinutes, 'minute'),
      }),
      send('compare', 'compare', {
        description: 'Compares objects, records and index',
        scheduleExpression: rate(compareHours, 'hour'),
      }),
      ...(backup
        ? [
            send('restored', 'compare', {
              description: 'Compares at once what a restored backup brought back',
              eventPattern: JSON.stringify({
                source: ['aws.backup'],
                'detail-type': ['Restore Job State Change'],
                detail: { status: ['COMPLETED'] },
              }),
            }),
          ]
        : []),
    ]
  }
}

/** EventBridge wants the singular for one. */
const rate = (count: number, unit: 'minute' | 'hour') => `rate(${count} ${unit}${count === 1 ? '' : 's'})`
