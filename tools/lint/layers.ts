/** The house as a table: what each part may import besides itself. Paths are relative to the root, with `/`. */

const leaves = ['leaf'] as const

export const layers = {
  leaf: {
    files:
      /^shared\/(errors|config|logger|telemetry|run-main|ulid|follow-signal|storage-full)\.ts$|^shared\/(text|settings|telemetry)\//,
    may: [],
  },
  documents: { files: /^shared\/documents\//, may: [...leaves] },
  ports: { files: /^shared\/ports\//, may: [...leaves, 'documents'] },
  retrieval: { files: /^shared\/retrieval\//, may: [...leaves, 'documents', 'ports'] },
  adapters: { files: /^shared\/adapters\//, may: [...leaves, 'documents', 'ports'] },
  wire: { files: /^shared\/wire(\.ts$|\/)/, may: [...leaves, 'documents', 'ports', 'retrieval', 'adapters'] },
  service: { files: /^service\//, may: [...leaves, 'documents', 'ports', 'retrieval', 'wire'] },
  worker: { files: /^worker\//, may: [...leaves, 'documents', 'ports', 'retrieval', 'wire'] },
  tools: {
    files: /^tools\//,
    may: [
      ...leaves,
      'documents',
      'ports',
      'retrieval',
      'adapters',
      'wire',
      'service',
      'worker',
      'test',
      'fixtures',
      'upstream',
      'infra',
    ],
  },
  infra: { files: /^infra\//, may: [] },
  // An outside system that a test plays: the black box may use it.
  upstream: { files: /^tools\/fake-(openai|bedrock|issuer)(\.ts$|\/(?!test\/))/, may: [...leaves] },
  fixtures: { files: /^test\/fixtures\//, may: [...leaves, 'documents'] },
  e2e: { files: /^test\/e2e\//, may: ['fixtures', 'upstream'] },
  test: {
    files: /(^|\/)test\//,
    may: [
      ...leaves,
      'documents',
      'ports',
      'retrieval',
      'adapters',
      'wire',
      'service',
      'worker',
      'tools',
      'fixtures',
      'upstream',
      'e2e',
      'infra',
    ],
  },
} as const satisfies Record<string, { files: RegExp; may: readonly string[] }>

export type Layer = keyof typeof layers

/** Tables without code that a deployment must not say a second time: keys, models and profiles, names of metrics. */
const sharedWithInfra: ReadonlySet<string> = new Set([
  'shared/adapters/dynamodb/tables.ts',
  'shared/adapters/bedrock/catalogue.ts',
  'shared/adapters/bedrock/cost.ts',
  'shared/adapters/bedrock/model-id.ts',
  'shared/telemetry/metrics.ts',
])

/** The layer of a file; undefined when it belongs to no part of the house. */
export function layerOf(file: string): Layer | undefined {
  // A test belongs to the tests wherever it lies, but the black box stays apart.
  const order: Layer[] = ['e2e', 'fixtures', 'upstream', 'test', ...Object.keys(layers).filter(isLayer)]
  return order.find((layer) => layers[layer].files.test(file))
}

function isLayer(name: string): name is Layer {
  return name in layers
}

/** Why one file may not import another; undefined when it may. */
export function forbidden(from: string, to: string, typeOnly: boolean): string | undefined {
  const source = layerOf(from)
  const target = layerOf(to)
  if (source === undefined) return `${from} belongs to no part of the house`
  if (target === undefined) return `imports ${to}, which belongs to no part of the house`
  if (source === target) return undefined
  if (source === 'infra' && ((to === 'shared/config.ts' && typeOnly) || sharedWithInfra.has(to))) return undefined
  const may: readonly string[] = layers[source].may
  if (may.includes(target)) return undefined
  return `${source} may not import ${target} (${to})`
}

/** Packages that speak to one system: only its adapter may load them. */
const systemPackages: readonly (readonly [RegExp, string])[] = [
  [/^@aws-sdk\/(client-s3|lib-storage|s3-)/, 's3'],
  [/^@aws-sdk\/client-sqs$|^sqs-consumer$/, 'sqs'],
  [/^@aws-sdk\/(client|lib|util)-dynamodb$/, 'dynamodb'],
  [/^@aws-sdk\/client-bedrock/, 'bedrock'],
  [/^@opensearch-project\//, 'opensearch'],
  [/^undici$|^openai$/, 'openai-compatible'],
  [/^aws-jwt-verify(\/|$)/, 'oidc'],
  [/^cockatiel$/, '*'],
  [/^(@aws-sdk|@smithy|aws-sdk)(\/|$)/, '*'],
  [/^node:sqlite$/, '*'],
]

/** Why a file may not load a package; undefined when it may. */
export function forbiddenPackage(from: string, name: string): string | undefined {
  const layer = layerOf(from)
  if (layer === 'tools' || layer === 'test' || layer === 'e2e' || layer === 'infra') return undefined
  const system = systemPackages.find(([pattern]) => pattern.test(name))?.[1]
  if (system === undefined) return undefined
  const home = system === '*' ? 'shared/adapters/' : `shared/adapters/${system}/`
  return from.startsWith(home) ? undefined : `${name} may be loaded in ${home} only`
}

/** The mains: they may hand the environment to `loadConfig`, and do nothing else with it. */
export const mains: ReadonlySet<string> = new Set(['service/server.ts', 'worker/main.ts'])

/** Whether a file may read the environment as it likes. */
export function readsEnvironment(file: string): boolean {
  const layer = layerOf(file)
  return layer === 'tools' || layer === 'test' || layer === 'e2e' || layer === 'infra'
}
