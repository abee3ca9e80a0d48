/**
 * What a call was about, in words that are the same in every run: the table, bucket, queue, index or model that the
 * input of a call names, by the name of its setting (`DOCUMENTS_TABLE`: `documents`) or without the random end that
 * `uniqueName` gave it. Several when the call names several; `*` when it names none.
 */
export function resourcesOf(input: unknown, env: NodeJS.ProcessEnv): string[] {
  const names = [...new Set(namesIn(input))].map((name) => logicalName(name, env))
  return names.length > 0 ? [...new Set(names)].sort() : ['*']
}

const single = ['TableName', 'Bucket', 'QueueUrl', 'modelId', 'modelArn', 'index']
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

function* namesIn(input: unknown): Generator<string> {
  if (!isRecord(input)) return
  for (const field of single) {
    const name = input[field]
    if (typeof name !== 'string') continue
    // A permission for a table is none for its indexes.
    yield typeof input.IndexName === 'string' ? `${name}/index/${input.IndexName}` : name
  }
  // Batches name their tables as keys, transactions within their items.
  if (isRecord(input.RequestItems)) yield* Object.keys(input.RequestItems)
  if (Array.isArray(input.TransactItems)) {
    for (const item of input.TransactItems)
      if (isRecord(item)) for (const part of Object.values(item)) yield* namesIn(part)
  }
}

const settings = /^(?:OPENSEARCH_|BEDROCK_)?(?<name>[A-Z0-9_]+?)_?(?:TABLE|BUCKET|QUEUE_URL|INDEX|MODEL)$/

function logicalName(name: string, env: NodeJS.ProcessEnv): string {
  const [base = name, index] = name.split('/index/')
  const end = index === undefined ? '' : `/index/${index}`
  for (const [key, value] of Object.entries(env)) {
    const setting = value === base && value !== '' ? settings.exec(key) : null
    if (setting) return `${(setting.groups?.name ?? key).toLowerCase()}${end}`
  }
  // A queue's name is the end of its address.
  const own = base.replace(/^.*\//, '')
  const [, what = own, more = ''] = /^kass-(.*)-[0-9a-f]{12}(?:[-.](.*))?$/.exec(own) ?? []
  return `${more || what}${end}`
}
