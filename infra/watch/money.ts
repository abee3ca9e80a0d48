import * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import { type Base, Component, nameOf } from '../base.ts'

/** What a month may cost, and costs that are out of the ordinary. Both tell the topic of the alarms. */
export class Money extends Component {
  constructor(base: Base, args: { topicArn: pulumi.Input<string> }) {
    super('Money', base)
    const { config } = base
    const opts = { parent: this }
    const subscriberSnsTopicArns = [args.topicArn]
    if (config.monthlyBudgetUsd > 0) {
      const tell = (notificationType: 'ACTUAL' | 'FORECASTED', threshold: number) => ({
        ...{ notificationType, threshold, thresholdType: 'PERCENTAGE', comparisonOperator: 'GREATER_THAN' },
        subscriberSnsTopicArns,
      })
      new aws.budgets.Budget(
        nameOf(base, 'month'),
        {
          name: nameOf(base, 'month'),
          budgetType: 'COST',
          timeUnit: 'MONTHLY',
          limitAmount: String(config.monthlyBudgetUsd),
          limitUnit: 'USD',
          // This stack's own, by its tag (which has to be activated once for cost allocation).
          costFilters: [{ name: 'TagKeyValue', values: [`user:stack$${config.stack}`] }],
          notifications: [tell('ACTUAL', 80), tell('ACTUAL', 100), tell('FORECASTED', 100)],
        },
        opts,
      )
    }
    if (config.costAnomaly) {
      const monitor = new aws.costexplorer.AnomalyMonitor(
        nameOf(base, 'costs'),
        {
          name: nameOf(base, 'costs'),
          monitorType: 'CUSTOM',
          monitorSpecification: JSON.stringify({
            Tags: { Key: 'stack', Values: [config.stack], MatchOptions: ['EQUALS'] },
          }),
        },
        opts,
      )
      new aws.costexplorer.AnomalySubscription(
        nameOf(base, 'costs'),
        {
          name: nameOf(base, 'costs'),
          frequency: 'IMMEDIATE',
          monitorArnLists: [monitor.arn],
          subscribers: [{ type: 'SNS', address: args.topicArn }],
          thresholdExpression: {
            dimension: {
              key: 'ANOMALY_TOTAL_IMPACT_ABSOLUTE',
              values: ['50'],
              matchOptions: ['GREATER_THAN_OR_EQUAL'],
            },
          },
        },
        opts,
      )
    }
  }
}
