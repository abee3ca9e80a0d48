import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb'
import { type AwsOptions, clientConfig, guarded, storageGuard } from '../aws/client.ts'
import { type TableDefinition, type TableNames, tables } from './tables.ts'

/** Seconds that a new table may take to become active. */
const maxWaitTime = 180

/**
 * Makes the tables that are not there yet, and waits until all can be used. For development, tests and the offline
 * stack; a deployment makes them from the same data (`tables`).
 * @throws Error when a table of that name has other keys or indexes
 */
export async function createTables(options: AwsOptions, names: TableNames): Promise<void> {
  const client = new DynamoDBClient(clientConfig(options))
  client.middlewareStack.use(guarded('dynamodb', storageGuard('dynamodb', options)))
  try {
    await Promise.all([
      createTable(client, names.documents, tables.documents),
      createTable(client, names.conversations, tables.conversations),
      createTable(client, names.cache, tables.cache),
      createTable(client, names.access, tables.access),
    ])
  } finally {
    client.destroy()
  }
}

function keySchema({ hashKey, rangeKey }: { hashKey: string; rangeKey?: string }) {
  const hash = { AttributeName: hashKey, KeyType: 'HASH' } as const
  return rangeKey === undefined ? [hash] : [hash, { AttributeName: rangeKey, KeyType: 'RANGE' } as const]
}

/** What the service is asked for. */
function creation(name: string, definition: TableDefinition): CreateTableCommandInput {
  const indexes = definition.indexes.map((index) => ({
    IndexName: index.name,
    KeySchema: keySchema(index),
    Projection: { ProjectionType: index.projection },
  }))
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: Object.entries(definition.attributes).map(([AttributeName, AttributeType]) => ({
      AttributeName,
      AttributeType,
    })),
    KeySchema: keySchema(definition),
    ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
  }
}

async function createTable(client: DynamoDBClient, name: string, definition: TableDefinition): Promise<void> {
  try {
    await client.send(new CreateTableCommand(creation(name, definition)))
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error
  }
  await waitUntilTableExists({ client, maxWaitTime, minDelay: 1, maxDelay: 5 }, { TableName: name })
  await checkKeys(client, name, definition)
  if (definition.ttlAttribute !== undefined) await enableTtl(client, name, definition.ttlAttribute)
}

async function checkKeys(client: DynamoDBClient, name: string, definition: TableDefinition): Promise<void> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: name }))
  const found = [{ IndexName: '', KeySchema: Table?.KeySchema }, ...(Table?.GlobalSecondaryIndexes ?? [])]
  const wanted = [{ name: '', ...definition }, ...definition.indexes]
  for (const keys of wanted) {
    const schema = found.find(({ IndexName }) => IndexName === keys.name)?.KeySchema
    const named = (type: string) => schema?.find(({ KeyType }) => KeyType === type)?.AttributeName
    if (named('HASH') !== keys.hashKey || named('RANGE') !== keys.rangeKey) {
      const what = keys.name === '' ? 'keys' : `the index "${keys.name}"`
      throw new Error(`the table ${name} exists, but not with ${what} that this release needs`)
    }
  }
}

async function enableTtl(client: DynamoDBClient, name: string, attribute: string): Promise<void> {
  const isOn = async () => {
    const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: name }))
    return ['ENABLED', 'ENABLING'].includes(TimeToLiveDescription?.TimeToLiveStatus ?? '')
  }
  if (await isOn()) return
  try {
    const specification = { AttributeName: attribute, Enabled: true }
    await client.send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification: specification }))
  } catch (error) {
    // Two who do this at once: the second one is refused.
    if (!(await isOn())) throw error
  }
}
