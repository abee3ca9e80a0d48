import t, { type Test } from 'tap'
import { type TableDefinition, tables } from '../../shared/adapters/dynamodb/tables.ts'
import { parseJob } from '../../shared/documents/job.ts'
import { type Graph, graphOf, isRecord } from '../mocks/graph.ts'
import { statementsOf } from '../policy/statements.ts'
import { readStackFile, stacks } from '../stack-file.ts'
import { objectEvents } from '../storage/buckets.ts'

const graphs: Graph[] = []
for (const stack of stacks) graphs.push(await graphOf(readStackFile(stack)))

const everywhere = (promise: string, check: (t: Test, graph: Graph) => void) =>
  t.test(promise, async (t) => {
    for (const graph of graphs) check(t, graph)
  })

everywhere(
  'tables have the keys, indexes and times to live that the adapters use, and are billed by use',
  (t, graph) => {
    for (const [name, definition] of Object.entries<TableDefinition>(tables)) {
      const { props } = graph.one('aws:dynamodb/table:Table', `-${graph.config.stack}-${name}`)
      t.match(props, {
        billingMode: 'PAY_PER_REQUEST',
        hashKey: definition.hashKey,
        rangeKey: definition.rangeKey,
        deletionProtectionEnabled: graph.config.deletionProtection,
      })
      const attributes = Object.entries(definition.attributes).map(([attribute, type]) => ({ name: attribute, type }))
      t.same(props.attributes, attributes)
      const indexes = definition.indexes.map((index) => [index.name, index.hashKey, index.rangeKey, index.projection])
      const made = Array.isArray(props.globalSecondaryIndexes) ? props.globalSecondaryIndexes.filter(isRecord) : []
      t.same(
        made.map((index) => [index.name, index.hashKey, index.rangeKey, index.projectionType]),
        indexes,
      )
      t.equal(isRecord(props.ttl) ? props.ttl.attributeName : undefined, definition.ttlAttribute)
    }
  },
)

everywhere('every change of a document is told to the queue, which admits the bucket before', (t, graph) => {
  const told = graph.one('aws:s3/bucketNotification:BucketNotification')
  const queue = graph.one('aws:sqs/queue:Queue', '-ingest')
  t.match(told.props, { queues: [{ queueArn: queue.state.arn, events: objectEvents }] })
  for (const event of ['s3:ObjectCreated:*', 's3:ObjectRemoved:*', 's3:LifecycleExpiration:*']) {
    t.ok(objectEvents.includes(event), event)
  }
  const policy = graph.one('aws:sqs/queuePolicy:QueuePolicy', '-ingest')
  t.ok([...told.uses.values()].flat().includes(policy.urn), 'the notification waits for the policy')
  const derived = graph.one('aws:s3/bucket:Bucket', '-derived')
  t.not(told.props.bucket, derived.state.id)
})

everywhere('the queue admits the bucket and the rules of this stack, and nobody else', (t, graph) => {
  const rules = graph.of('aws:cloudwatch/eventRule:EventRule').map(({ state }) => state.arn)
  const bucket = graph.one('aws:s3/bucket:Bucket', '-documents').state.arn
  const allowed = statementsOf(graph.one('aws:sqs/queuePolicy:QueuePolicy', '-ingest').props.policy)
    .filter(({ effect }) => effect === 'Allow')
    .map(({ principals, conditions }) => [
      principals,
      isRecord(conditions.ArnEquals) ? conditions.ArnEquals['aws:SourceArn'] : undefined,
    ])
  t.same(allowed, [
    [['s3.amazonaws.com'], [bucket]],
    [['events.amazonaws.com'], rules],
  ])
})

everywhere(
  'schedules send jobs that the worker can read, are tried again for a day, and are kept when that fails',
  (t, graph) => {
    const kinds = graph.of('aws:cloudwatch/eventTarget:EventTarget').map(({ props }) => {
      t.match(props, {
        arn: graph.one('aws:sqs/queue:Queue', '-ingest').state.arn,
        retryPolicy: { maximumRetryAttempts: 2, maximumEventAgeInSeconds: 86_400 },
        deadLetterConfig: { arn: graph.one('aws:sqs/queue:Queue', '-undelivered').state.arn },
      })
      return parseJob(String(props.input))?.kind
    })
    t.ok(kinds.includes('sweep') && kinds.includes('compare') && !kinds.includes(undefined))
  },
)

everywhere('documents are versioned, broken uploads end, and the newest two former versions stay', (t, graph) => {
  const ending = `-${graph.config.stack}-documents`
  t.match(graph.one('aws:s3/bucketVersioning:BucketVersioning', ending).props, {
    versioningConfiguration: { status: 'Enabled' },
  })
  t.match(graph.one('aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration', ending).props.rules, [
    { abortIncompleteMultipartUpload: { daysAfterInitiation: 1 } },
    {
      noncurrentVersionExpiration: {
        noncurrentDays: graph.config.formerVersionsDays,
        newerNoncurrentVersions: 2,
      },
      expiration: { expiredObjectDeleteMarker: true },
    },
  ])
})

everywhere('limits of classic collections are told to be those of the account', (t, graph) => {
  const classic = graph.config.search === 'serverless' && graph.config.serverlessGeneration === 'classic'
  const limits = `maxIndexingCapacityInOCU=${graph.config.serverlessIndexingOcu},maxSearchCapacityInOCU=${graph.config.serverlessSearchOcu}`
  t.equal(graph.warnings.length, classic ? 1 : 0)
  if (classic) t.match(graph.warnings[0], limits)
})

everywhere('tasks are started when everything is there that they need to be well', (t, graph) => {
  for (const name of ['api', 'worker']) {
    const before = new Set([...graph.one('aws:ecs/service:Service', `-${name}`).uses.values()].flat())
    const needed = [
      'aws:ecs/clusterCapacityProviders:ClusterCapacityProviders',
      'aws:ec2/vpcEndpoint:VpcEndpoint',
      'aws:ec2/route:Route',
      'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule',
      'aws:sqs/queuePolicy:QueuePolicy',
      'aws:s3/bucketNotification:BucketNotification',
      graph.config.search === 'domain'
        ? 'aws:opensearch/domainPolicy:DomainPolicy'
        : 'aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy',
    ]
    for (const type of needed) {
      const late = graph.of(type).filter(({ urn }) => !before.has(urn))
      t.same(
        late.map((node) => node.name),
        [],
        `${name} waits for each ${type}`,
      )
    }
  }
})

everywhere('alarms can be sent: the topic has a key that admits who sends them', (t, graph) => {
  const { kmsMasterKeyId } = graph.one('aws:sns/topic:Topic').props
  const key = graph.of('aws:kms/key:Key').find(({ state }) => state.arn === kmsMasterKeyId)
  const admitted = statementsOf(key?.props.policy).flatMap(({ principals }) => principals)
  for (const sender of ['cloudwatch', 'budgets', 'costalerts'])
    t.ok(admitted.includes(`${sender}.amazonaws.com`), sender)
})
