import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import { createBase, nameOf } from './base.ts'
import { AppService } from './compute/app-service.ts'
import { environment } from './compute/environment.ts'
import { Images } from './compute/images.ts'
import { scaleApi, scaleWorker } from './compute/scaling.ts'
import { Task } from './compute/task.ts'
import type { StackConfig } from './config.ts'
import { Balancer } from './entry/balancer.ts'
import { UserPool } from './entry/user-pool.ts'
import { WebFirewall } from './entry/web-firewall.ts'
import { Endpoints } from './network/endpoints.ts'
import { apiPort, Firewall } from './network/firewall.ts'
import { Network } from './network/network.ts'
import { Queues } from './queues/queues.ts'
import { Schedules } from './queues/schedules.ts'
import { apiGrants, toolsGrants, workerGrants } from './roles.ts'
import { createSearch } from './search/search.ts'
import { Secrets } from './secrets.ts'
import { Backup } from './storage/backup.ts'
import { Buckets } from './storage/buckets.ts'
import { EncryptionKey } from './storage/key.ts'
import { Tables } from './storage/tables.ts'
import { watch } from './watch/watch.ts'

/** Composes a stack of its components, and gives its outputs. */
export function composeStack(config: StackConfig) {
  const base = createBase(config)
  const key = new EncryptionKey(base)
  const keyArn = key.arn
  const buckets = new Buckets(base, { key })
  const tables = new Tables(base, { key })
  const queues = new Queues(base, { key })
  const schedules = new Schedules(base, { queues })
  const admitted = queues.admit({
    bucketArn: buckets.documents.arn,
    ruleArns: schedules.rules.map((rule) => rule.arn),
  })
  buckets.notify(queues.ingest.arn, admitted)
  const secrets = new Secrets(base, { key })

  const network = new Network(base)
  const firewall = new Firewall(base, { network })
  const endpoints = new Endpoints(base, {
    ...{ network, firewall },
    secrets: secrets.grantRead().length > 0,
    buckets: [buckets.documents.arn, buckets.derived.arn],
  })
  firewall.openTo(endpoints.prefixLists)
  const search = createSearch(base, { network, firewall, key })
  const balancer = new Balancer(base, { network, firewall })
  if (config.waf) new WebFirewall(base, { balancer: balancer.balancer })

  const people = config.cognito ? new UserPool(base) : undefined

  const images = new Images(base, { keyArn })
  const { cluster, capacity } = createCluster(config, base)
  const common = {
    ...{ keyArn, image: images.app, secrets: secrets.injected },
    environment: environment(base, { buckets, tables, queues, search, oidc: people?.environment }),
    executionGrants: [
      ...images.grantPull(),
      ...secrets.grantRead(),
      ...(secrets.grantRead().length > 0 ? key.grantUse(base, ['secretsmanager']) : []),
    ],
  }
  const traced = { ...common, ...(images.collector && { collectorImage: images.collector }) }
  const parts = { base, buckets, tables, queues, search, key }
  const apiTask = new Task(base, {
    ...{ ...traced, name: 'api', command: ['node', 'service/server.ts'], port: apiPort },
    ...{ cpu: config.apiCpu, memory: config.apiMemory, grants: apiGrants(parts) },
  })
  const workerTask = new Task(base, {
    ...{ ...traced, name: 'worker', command: ['node', 'worker/main.ts'] },
    ...{ cpu: config.workerCpu, memory: config.workerMemory, grants: workerGrants(parts) },
  })
  // Nothing runs it by itself: whoever makes keys starts it, with the command that it is to do.
  const toolsTask = new Task(base, {
    ...{ ...common, name: 'tools', command: ['node', 'tools/kass.ts', '--help'] },
    ...{ cpu: 512, memory: 1024, grants: toolsGrants(parts) },
  })
  search.admit({ api: apiTask.role.arn, worker: workerTask.role.arn, tools: toolsTask.role.arn })
  // Tasks that come too early are not well, and a first deployment would be given up for it.
  const after = [capacity, network, firewall, endpoints, search, secrets, buckets, queues]
  const api = new AppService(base, {
    ...{ cluster, network, name: 'api', task: apiTask, securityGroup: firewall.api, min: config.apiMin, spot: false },
    ...{ target: { group: balancer.group, port: apiPort }, after: [...after, balancer.listener] },
  })
  const worker = new AppService(base, {
    ...{ cluster, network, name: 'worker', task: workerTask, securityGroup: firewall.worker },
    ...{ min: config.workerMin, spot: config.workerSpot, after },
  })
  scaleApi(base, { app: api, cluster, balancer: balancer.balancer, group: balancer.group })
  scaleWorker(base, { app: worker, cluster, queues })
  if (config.backup) {
    const { documents, conversations, access } = tables.tables
    const resources = [buckets.documents, documents, conversations, access].map(({ arn }) => arn)
    new Backup(base, { keyArn, resources })
  }
  const { dashboardUrl } = watch(base, {
    ...{ balancer, cluster, api, worker, queues, tables, search, keyArn, buckets },
    logGroups: [apiTask.logGroup, workerTask.logGroup],
  })
  return outputsOf()

  function outputsOf() {
    const { documents } = buckets
    return {
      apiUrl: balancer.url,
      docsUrl: pulumi.interpolate`${balancer.url}/docs`,
      documentsBucket: documents.bucket,
      backupsBucket: buckets.backups.bucket,
      ingestQueueUrl: queues.ingest.url,
      deadLetterQueueUrl: queues.deadLetters.url,
      tables: Object.fromEntries(Object.entries(tables.tables).map(([name, table]) => [name, table.name])),
      logGroups: [apiTask.logGroup.name, workerTask.logGroup.name, toolsTask.logGroup.name],
      searchEndpoint: search.url,
      searchId: search.id,
      dashboardUrl,
      clusterName: cluster.name,
      userPoolId: people?.id,
      // What a one-off task needs beside the cluster: `npm run first-key -- --stack <stack>`.
      toolsTask: {
        taskDefinition: toolsTask.definition.arn,
        subnets: network.privateSubnets.map((subnet) => subnet.id),
        securityGroup: firewall.worker.id,
        logGroup: toolsTask.logGroup.name,
      },
      keyCommand: `npm run first-key -- --stack ${config.stack}`,
    }
  }
}

function createCluster(config: StackConfig, base: Parameters<typeof nameOf>[0] & { provider: aws.Provider }) {
  const name = nameOf(base, 'cluster')
  const settings = [{ name: 'containerInsights', value: config.containerInsights ? 'enabled' : 'disabled' }]
  const opts = { provider: base.provider }
  const cluster = new aws.ecs.Cluster(name, { name, settings }, opts)
  const capacityProviders = ['FARGATE', 'FARGATE_SPOT']
  const capacity = new aws.ecs.ClusterCapacityProviders(name, { clusterName: cluster.name, capacityProviders }, opts)
  return { cluster, capacity }
}
