import type { Base } from './base.ts'
import type { Grant } from './grants.ts'
import { grantInvoke } from './models.ts'
import type { Queues } from './queues/queues.ts'
import type { Search } from './search/search.ts'
import type { Buckets } from './storage/buckets.ts'
import type { EncryptionKey } from './storage/key.ts'
import type { Tables } from './storage/tables.ts'

export interface GrantingParts {
  base: Base
  buckets: Buckets
  tables: Tables
  queues: Queues
  search: Search
  key: EncryptionKey
}

/** What API tasks may do. Tests hold it to the calls that the API really makes. */
export function apiGrants({ base, buckets, tables, queues, search, key }: GrantingParts): Grant[] {
  return [
    ...buckets.grantReadDocuments(),
    ...buckets.grantUploadDocuments(),
    ...buckets.grantDerived(['s3:GetObject', 's3:PutObject', 's3:DeleteObject']),
    ...tables.grant('documents', ['BatchGetItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem']),
    ...tables.grant('conversations', [
      ...(['BatchGetItem', 'BatchWriteItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'] as const),
      'ConditionCheckItem',
    ]),
    ...tables.grant('cache', ['DeleteItem', 'GetItem', 'PutItem']),
    // Keys are looked up and their use is counted; making them is not for what callers reach.
    ...tables.grant('access', ['GetItem', 'UpdateItem']),
    ...queues.grantSend(),
    ...search.grantRead(),
    ...grantInvoke(base, ['strong', 'fast', 'embed', 'rerank']),
    ...key.grantUse(base, ['s3', 'sqs', 'dynamodb']),
    ...grantTraces(base),
  ]
}

/** What worker tasks may do. */
export function workerGrants({ base, buckets, tables, queues, search, key }: GrantingParts): Grant[] {
  return [
    ...buckets.grantReadDocuments(),
    ...buckets.grantRemoveDocuments(),
    ...buckets.grantDerived(['s3:PutObject', 's3:DeleteObject']),
    ...tables.grant('documents', ['BatchGetItem', 'DeleteItem', 'GetItem', 'PutItem', 'Scan', 'UpdateItem'], 'due'),
    // What is older than the settings say goes, conversations and their feedback included.
    ...tables.grant('conversations', [
      ...(['BatchWriteItem', 'ConditionCheckItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'] as const),
    ]),
    ...buckets.grantListDerived(),
    ...queues.grantConsume(),
    ...search.grantWrite(),
    ...grantInvoke(base, ['embed']),
    ...key.grantUse(base, ['s3', 'sqs', 'dynamodb']),
    ...grantTraces(base),
  ]
}

/** What the command line may do when it is run as a task: `kass keys` makes keys, `kass doctor` looks at everything. */
export function toolsGrants({ base, buckets, tables, queues, search, key }: GrantingParts): Grant[] {
  const look = ['DescribeTable', 'GetItem'] as const
  return [
    ...tables.grant('access', [...look, 'BatchGetItem', 'PutItem', 'Query', 'UpdateItem']),
    ...tables.grant('documents', [...look, 'DeleteItem', 'PutItem', 'UpdateItem']),
    ...tables.grant('conversations', [...look, 'DescribeTimeToLive']),
    ...tables.grant('cache', [...look, 'DescribeTimeToLive']),
    ...buckets.grantCanary(),
    ...queues.grantSend(),
    ...search.grantLook(),
    ...grantInvoke(base, ['strong', 'fast', 'embed', 'rerank']),
    ...key.grantUse(base, ['s3', 'sqs', 'dynamodb']),
  ]
}

/** The collector beside the container has the task's role. Traces belong to no resource: there is no other form. */
function grantTraces({ config }: Base): Grant[] {
  if (!config.collector) return []
  return [{ sid: 'Traces', actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] }]
}
