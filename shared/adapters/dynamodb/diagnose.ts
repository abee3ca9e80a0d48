import { DescribeTableCommand, DescribeTimeToLiveCommand, type TableDescription } from '@aws-sdk/client-dynamodb'
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb'
import { type DiagnosticCheck, type Finding, ok, problem } from '../../ports/diagnosis.ts'
import { asking } from '../aws/diagnose.ts'
import { type TableDefinition, type TableNames, tables } from './tables.ts'

/** Each table: there, usable, with the keys of this release, permitted, and with its time to live. */
export function tableChecks(client: DynamoDBDocumentClient, names: TableNames): DiagnosticCheck[] {
  const check = (which: keyof TableNames): DiagnosticCheck => ({
    name: `${which} table`,
    run: (signal) => inspect(client, { name: names[which], which, definition: tables[which] }, signal),
  })
  return [check('documents'), check('conversations'), check('cache'), check('access')]
}

interface Inspected {
  name: string
  which: keyof TableNames
  definition: TableDefinition
}

async function inspect(
  client: DynamoDBDocumentClient,
  { name, which, definition }: Inspected,
  abortSignal: AbortSignal,
): Promise<Finding[]> {
  const on = (action: string) => ({ action, what: `the table ${name}`, setting: `${which.toUpperCase()}_TABLE` })
  const there = await asking(
    on('dynamodb:DescribeTable'),
    () => client.send(new DescribeTableCommand({ TableName: name }), { abortSignal }),
    ({ Table }) => [tableFinding(name, definition, Table)],
  )
  // Who may not describe it may read it all the same; anything else would only be said twice.
  if (there.some(({ state, message }) => state === 'problem' && !message.endsWith('is not permitted'))) return there
  const nobody = { pk: 'kass-doctor', ...(definition.rangeKey && { sk: 'kass-doctor' }) }
  const [read, ttl] = await Promise.all([
    asking(
      on('dynamodb:GetItem'),
      () => client.send(new GetCommand({ TableName: name, Key: nobody, ConsistentRead: true }), { abortSignal }),
      () => [],
    ),
    definition.ttlAttribute === undefined
      ? []
      : asking(
          on('dynamodb:DescribeTimeToLive'),
          () => client.send(new DescribeTimeToLiveCommand({ TableName: name }), { abortSignal }),
          ({ TimeToLiveDescription: found }) => [ttlFinding(name, definition.ttlAttribute ?? '', found)],
        ),
  ])
  return [...there, ...read, ...ttl]
}

function tableFinding(name: string, definition: TableDefinition, table: TableDescription | undefined): Finding {
  if (table?.TableStatus !== 'ACTIVE' && table?.TableStatus !== 'UPDATING') {
    return problem(`the table ${name} is ${table?.TableStatus ?? 'unknown'}`, 'Wait until it is active, or restore it.')
  }
  const found = [{ IndexName: '', KeySchema: table.KeySchema }, ...(table.GlobalSecondaryIndexes ?? [])]
  for (const wanted of [{ name: '', ...definition }, ...definition.indexes]) {
    const schema = found.find(({ IndexName }) => IndexName === wanted.name)?.KeySchema
    const named = (type: string) => schema?.find(({ KeyType }) => KeyType === type)?.AttributeName
    if (named('HASH') === wanted.hashKey && named('RANGE') === wanted.rangeKey) continue
    const what = wanted.name === '' ? 'keys' : `the index "${wanted.name}"`
    return problem(`the table ${name} has not ${what} that this release needs`, 'Make a new table, and name it.')
  }
  return ok(`the table ${name} is there`)
}

function ttlFinding(
  name: string,
  attribute: string,
  found: { TimeToLiveStatus?: string; AttributeName?: string } | undefined,
): Finding {
  const on = ['ENABLED', 'ENABLING'].includes(found?.TimeToLiveStatus ?? '') && found?.AttributeName === attribute
  if (on) return ok(`what expires leaves the table ${name}`)
  return problem(
    `nothing ever leaves the table ${name}: its time to live is off`,
    `aws dynamodb update-time-to-live --table-name ${name} --time-to-live-specification Enabled=true,AttributeName=${attribute}`,
  )
}
