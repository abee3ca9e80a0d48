import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isObject, type JsonObject, parseObject } from './serverless/json.ts'

const modules = join(import.meta.dirname, '../../node_modules')
const packages = ['@aws-sdk/client-dynamodb', '@opensearch-project/opensearch', 'sqs-consumer', 'cockatiel', 'tap']

/** Name and version of each, in words. */
export interface Versions {
  ministack?: string
  opensearch?: string
  jdk?: string
  node: string
  clients: string
}

/** What runs, as the parts themselves say it, and what of ours talks to them. */
export async function versionsOf(addresses: Partial<Record<'ministack' | 'opensearch', string>>): Promise<Versions> {
  const { ministack, opensearch } = addresses
  return {
    ...(ministack && { ministack: `MiniStack ${textAt(await ask(`${ministack}/_ministack/health`), 'version')}` }),
    ...(opensearch && { opensearch: await engine(opensearch), jdk: await jdk(opensearch) }),
    node: `Node ${process.version}`,
    clients: packages.map((name) => `${name} ${textAt(packageOf(name), 'version')}`).join(', '),
  }
}

const packageOf = (name: string) => parseObject(readFileSync(join(modules, name, 'package.json'), 'utf8'))

async function engine(opensearch: string): Promise<string> {
  const { version } = await ask(opensearch)
  const about = `OpenSearch ${textAt(version, 'number')} (Lucene ${textAt(version, 'lucene_version')})`
  return [about, ...(await plugins(opensearch))].join(', ')
}

async function ask(url: string): Promise<JsonObject> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) })
  const told: unknown = await response.json()
  if (!response.ok || !isObject(told)) throw new Error(`${url} answered ${response.status}`)
  return told
}

async function plugins(opensearch: string): Promise<string[]> {
  const { nodes } = await ask(`${opensearch}/_nodes/plugins?filter_path=nodes.*.plugins.name,nodes.*.plugins.version`)
  const [node] = isObject(nodes) ? Object.values(nodes) : []
  const list = isObject(node) && Array.isArray(node.plugins) ? node.plugins : []
  return list.map((plugin: unknown) => `${textAt(plugin, 'name')} ${textAt(plugin, 'version')}`)
}

async function jdk(opensearch: string): Promise<string> {
  const { nodes } = await ask(`${opensearch}/_nodes/jvm?filter_path=nodes.*.jvm.version,nodes.*.jvm.vm_vendor`)
  const [node] = isObject(nodes) ? Object.values(nodes) : []
  const jvm = isObject(node) ? node.jvm : undefined
  return `JDK ${textAt(jvm, 'version')} ${textAt(jvm, 'vm_vendor')}`
}

function textAt(value: unknown, key: string): string {
  const text = isObject(value) ? value[key] : undefined
  return typeof text === 'string' ? text : 'unknown'
}
