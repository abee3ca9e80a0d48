import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { Test } from 'tap'
import { endpoints, region, uniqueName } from '../../../../test/stack/endpoints.ts'
import { createTestClock } from '../../../test/contracts/support.ts'
import type { AwsOptions } from '../../aws/client.ts'
import { createDocumentStore } from '../../record-store.ts'
import { createDynamo } from '../client.ts'
import { createTables } from '../provision.ts'
import { createDynamoRecords } from '../records.ts'
import type { TableNames } from '../tables.ts'

/** How the counterpart is reached; `endpoint` may be a proxy before it. */
export function awsOptions(about: Partial<AwsOptions> = {}): AwsOptions {
  return {
    region,
    endpoint: endpoints.aws,
    maxAttempts: 3,
    timeoutMs: 30_000,
    concurrency: 64,
    queue: 1024,
    breakerFailures: 100,
    breakerOpenMs: 100,
    ...about,
  }
}

export interface OpenedTables {
  names: TableNames
  /** A client of its own; closed when the test ends. */
  connect(about?: Partial<AwsOptions>): DynamoDBDocumentClient
}

/** Tables that nobody else uses, removed when the test ends. */
export async function openTables(t: Test): Promise<OpenedTables> {
  const name = uniqueName('t')
  const names = {
    documents: `${name}-documents`,
    conversations: `${name}-conversations`,
    cache: `${name}-cache`,
    access: `${name}-access`,
  }
  await createTables(awsOptions(), names)
  t.teardown(() => removeTables(names))
  return {
    names,
    connect(about) {
      const { client, close } = createDynamo(awsOptions(about))
      t.teardown(close)
      return client
    },
  }
}

export async function removeTables(names: TableNames): Promise<void> {
  const { client, close } = createDynamo(awsOptions())
  for (const TableName of Object.values(names)) await client.send(new DeleteTableCommand({ TableName }))
  close()
}

/** Every call that is made until the test ends, as it is published. */
export function watchCalls(t: Test): { action: string; input: Record<string, unknown> }[] {
  const calls: { action: string; input: Record<string, unknown> }[] = []
  const note = (message: unknown) => {
    const { action, input } = Object(message)
    calls.push({ action: String(action), input: Object(input) })
  }
  subscribe('kass:aws-call', note)
  t.teardown(() => unsubscribe('kass:aws-call', note))
  return calls
}

/** A document store on tables of its own, with the clock it goes by. */
export async function openRecords(t: Test) {
  const clock = createTestClock()
  const { names, connect } = await openTables(t)
  const client = connect()
  const store = createDocumentStore(createDynamoRecords(client, { table: names.documents }), { clock })
  return { store, clock, names, client }
}
