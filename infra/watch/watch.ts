import type * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import type { Base } from '../base.ts'
import type { AppService } from '../compute/app-service.ts'
import type { Balancer } from '../entry/balancer.ts'
import { modelsOf } from '../models.ts'
import type { Queues } from '../queues/queues.ts'
import type { Search } from '../search/search.ts'
import type { Buckets } from '../storage/buckets.ts'
import type { Tables } from '../storage/tables.ts'
import type { Watched } from './alarm-list.ts'
import { Alarms } from './alarms.ts'
import { Audit } from './audit.ts'
import { Dashboard } from './dashboard.ts'
import { Money } from './money.ts'
import { Queries } from './queries.ts'

export interface WatchArgs {
  balancer: Balancer
  cluster: aws.ecs.Cluster
  api: AppService
  worker: AppService
  queues: Queues
  tables: Tables
  search: Search
  buckets: Buckets
  logGroups: readonly aws.cloudwatch.LogGroup[]
  keyArn: pulumi.Output<string> | undefined
}

/** Everything that watches: the dashboard, the alarms, saved queries, the audit, and the costs. */
export function watch(base: Base, args: WatchArgs): { dashboardUrl: pulumi.Output<string> } {
  const { keyArn, search, buckets, logGroups } = args
  const watched = watchedOf(base, args)
  const alarms = new Alarms(base, { watched, keyArn })
  new Queries(base, { logGroups })
  new Audit(base, { keyArn, documentsArn: buckets.documents.arn })
  new Money(base, { topicArn: alarms.topic.arn })
  return { dashboardUrl: new Dashboard(base, { watched, search }).url }
}

function watchedOf({ config }: Base, { balancer, cluster, api, worker, queues, tables }: WatchArgs): Watched {
  return {
    balancer: balancer.balancer.arnSuffix,
    targetGroup: balancer.group.arnSuffix,
    cluster: cluster.name,
    services: { api: api.service.name, worker: worker.service.name },
    queues: {
      ingest: queues.ingest.name,
      deadLetters: queues.deadLetters.name,
      undelivered: queues.undelivered.name,
    },
    tables: Object.fromEntries(Object.entries(tables.tables).map(([name, table]) => [name, table.name])),
    models: [...new Set(Object.values(modelsOf(config)).map((model) => model.id))],
  }
}
