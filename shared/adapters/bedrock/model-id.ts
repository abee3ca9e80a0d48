import { catalogue, type Geography, type ModelEntry } from './catalogue.ts'

/** A model as it was configured, and what is known of it. */
export interface Model {
  /** For the requests: an id, an inference profile or an ARN. */
  id: string
  /** The same model has the same name through whatever profile it is called. */
  name: string
  entry: ModelEntry
  /** Where the profile may send its calls; undefined without one. */
  geography?: Geography
  /** What whoever runs this should know, in sentences. */
  warnings: string[]
}

const geographies: readonly Geography[] = ['us', 'us-gov', 'eu', 'jp', 'au', 'apac', 'global']
const arn = /^arn:aws[\w-]*:bedrock:[\w-]*:\d*:([\w-]+)\/(.+)$/

/**
 * What a configured id names: a bare id, an inference profile (`eu.…`, `global.…`), or the ARN of either. A bare id of a
 * model that is called by profile only gets the one of the region's own geography.
 */
export function resolveModel(id: string, region: string, kind: ModelEntry['kind'] = 'chat'): Model {
  const named = arn.exec(id)?.[2] ?? id
  const given = geographies.find((each) => named.startsWith(`${each}.`))
  const bare = given === undefined ? named : named.slice(given.length + 1)
  const known = catalogue.find((each) => each.id === bare)
  if (known === undefined) return unknownModel(id, bare, kind, given)
  const warnings = lifecycleWarnings(known)
  if (known.kind !== kind) warnings.push(`The model "${bare}" is configured for something that it is not made for.`)
  if (given !== undefined || named !== id || !known.needsProfile) {
    return { id, name: bare, entry: known, ...(given && { geography: given }), warnings }
  }
  const geography = geographyOf(region).find((each) => known.profiles.includes(each))
  if (geography === undefined) {
    warnings.push(`The model "${bare}" has no inference profile for the region ${region}; it is called without one.`)
    return { id, name: bare, entry: known, warnings }
  }
  if (geography === 'global' || geography === 'apac') {
    warnings.push(
      `The region ${region} has no inference profile of its own: "${geography}.${bare}" may answer from ${geography === 'global' ? 'any region' : 'all of Asia Pacific'}.`,
    )
  }
  return { id: `${geography}.${bare}`, name: bare, entry: known, geography, warnings }
}

/** The geographies that a region belongs to, the closest first. */
function geographyOf(region: string): Geography[] {
  if (region.startsWith('us-gov-')) return ['us-gov']
  if (/^(us|ca)-/.test(region)) return ['us', 'global']
  if (region.startsWith('eu-')) return ['eu', 'global']
  if (/^ap-northeast-[13]$/.test(region)) return ['jp', 'apac', 'global']
  if (/^ap-southeast-[246]$/.test(region)) return ['au', 'apac', 'global']
  if (region.startsWith('ap-')) return ['apac', 'global']
  return ['global']
}

function lifecycleWarnings({ id, lifecycle }: ModelEntry): string[] {
  const { state, ends, successor } = lifecycle
  if (state === 'active') return []
  const then = successor === undefined ? '' : `; use "${successor}"`
  const on = ends === undefined ? '' : ` on ${ends}`
  if (state === 'eol') return [`The model "${id}" was retired${on}: calls to it fail${then}.`]
  return [`The model "${id}" is retired${on}${then}.`]
}

/** Cautious assumptions: whatever they are wrong about costs a feature, not a failure. */
function unknownModel(id: string, bare: string, kind: ModelEntry['kind'], geography?: Geography): Model {
  const claude = bare.includes('anthropic.claude')
  const context = kind === 'rerank' ? 4096 : kind === 'embed' ? 8192 : claude ? 200_000 : 32_000
  const entry: ModelEntry = {
    id: bare,
    kind,
    profiles: [],
    needsProfile: false,
    context,
    maxOutput: 4096,
    supports: { system: true, tools: true, streaming: true, cache: false, temperature: false },
    outputBurnDown: claude ? 5 : 1,
    ...(kind === 'embed' && {
      embedding: /cohere/.test(bare)
        ? { dimensions: [], format: /v3/.test(bare) ? 'cohere-v3' : 'cohere-v4', maxTokens: 512, maxChars: 2048 }
        : { dimensions: [], format: 'titan', maxTokens: 8192, maxChars: 50_000 },
    }),
    ...(kind === 'rerank' && {
      rerank: { format: /amazon\.rerank/.test(bare) ? 'amazon' : 'cohere', maxPassages: 100, maxTokens: 4096 },
    }),
    lifecycle: { state: 'active', source: 'assumed' },
  }
  const like = entry.embedding?.format ?? entry.rerank?.format
  const assumed =
    kind === 'chat'
      ? `a context of ${context} tokens, answers of ${entry.maxOutput}, system prompts, tools and streaming`
      : `the requests of ${like}`
  const warnings = [`The model "${id}" is not in the catalogue: assumed are ${assumed}, and its price is not known.`]
  return { id, name: bare, entry, ...(geography && { geography }), warnings }
}
