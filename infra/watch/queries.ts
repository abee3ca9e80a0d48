import * as aws from '@pulumi/aws'
import { type Base, Component, nameOf } from '../base.ts'

/** Saved queries by the fields that the log really has (design, section 8). */
export const queries = {
  errors: `fields @timestamp, service, route, status, message, err.message, requestId
| filter level = "ERROR"
| sort @timestamp desc
| limit 100`,
  latency: `filter message = "request"
| stats count(*) as requests, pct(latency, 50) as p50, pct(latency, 99) as p99, max(latency) as longest by route
| sort p99 desc`,
  'tokens-by-model': `filter ispresent(model) and ispresent(inputTokens)
| stats sum(inputTokens) as input, sum(outputTokens) as output, sum(costUsd) as usd, count(*) as calls by model
| sort usd desc`,
} as const

export class Queries extends Component {
  constructor(base: Base, args: { logGroups: readonly aws.cloudwatch.LogGroup[] }) {
    super('Queries', base)
    for (const [name, queryString] of Object.entries(queries)) {
      new aws.cloudwatch.QueryDefinition(
        nameOf(base, name),
        {
          name: `kass/${base.config.stack}/${name}`,
          logGroupNames: args.logGroups.map((group) => group.name),
          queryString,
        },
        { parent: this },
      )
    }
  }
}
