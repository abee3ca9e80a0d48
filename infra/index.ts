import * as pulumi from '@pulumi/pulumi'
import { loadStackConfig, type StackKey, stackSettings } from './config.ts'
import { composeStack } from './stack.ts'

const own = new pulumi.Config('kass')
const keys = Object.keys(stackSettings) as StackKey[]
const config = loadStackConfig(
  { stack: pulumi.getStack(), region: new pulumi.Config('aws').require('region') },
  Object.fromEntries(keys.map((key) => [key, own.get(key)])),
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
  keyTask,
  keyCommand,
} = composeStack(config)
