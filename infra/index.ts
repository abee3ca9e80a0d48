import * as pulumi from '@pulumi/pulumi'
import { loadStackConfig } from './config.ts'
import { composeStack } from './stack.ts'

// All keys that were given, so that one that does not exist is refused.
const given = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith('kass:'))
const config = loadStackConfig(
  { stack: pulumi.getStack(), region: new pulumi.Config('aws').require('region') },
  Object.fromEntries(given.map(([key, value]) => [key.slice('kass:'.length), value])),
)

export const {
  apiUrl,
  docsUrl,
  documentsBucket,
  backupsBucket,
  ingestQueueUrl,
  deadLetterQueueUrl,
  tables,
  logGroups,
  searchEndpoint,
  searchId,
  dashboardUrl,
  clusterName,
  userPoolId,
  toolsTask,
  keyCommand,
} = composeStack(config)
