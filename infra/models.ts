import * as pulumi from '@pulumi/pulumi'
import { defaults, type Geography, type ModelEntry, type Role } from '../shared/adapters/bedrock/catalogue.ts'
import { type Model, resolveModel } from '../shared/adapters/bedrock/model-id.ts'
import type { Base } from './base.ts'
import type { Grant } from './grants.ts'

const kinds: Readonly<Record<Role, ModelEntry['kind']>> = {
  strong: 'chat',
  fast: 'chat',
  embed: 'embed',
  rerank: 'rerank',
}

/** The models that a stack calls, resolved as the program resolves them. */
export function modelsOf(config: Base['config']): Partial<Record<Role, Model>> {
  const model = (role: Role, given: string) => resolveModel(given || defaults[role], config.region, kinds[role])
  return {
    ...(config.chatModel === 'bedrock' && {
      strong: model('strong', config.strongModel),
      fast: model('fast', config.fastModel),
    }),
    ...(config.embedder === 'bedrock' && { embed: model('embed', config.embeddingModel) }),
    ...(config.reranker === 'bedrock' && { rerank: model('rerank', config.rerankModel) }),
  }
}

/** The regions that a profile of this geography may send a call to. */
const regionsOf: Readonly<Record<Geography, readonly string[]>> = {
  us: ['us-*', 'ca-*'],
  'us-gov': ['us-gov-*'],
  eu: ['eu-*'],
  jp: ['ap-northeast-*'],
  au: ['ap-southeast-*'],
  apac: ['ap-*'],
  // The empty one stands for a call whose region is not known beforehand.
  global: ['*', ''],
}

/**
 * Calling these models: a bare model in the stack's region, or the profile itself and, through it alone, its model in
 * all of the profile's regions.
 */
export function grantInvoke(base: Base, roles: readonly Role[]): Grant[] {
  const models = modelsOf(base.config)
  const grants: Grant[] = []
  for (const role of roles) {
    const model = models[role]
    if (model === undefined) continue
    const streams = kinds[role] === 'chat' && model.entry.supports.streaming
    const actions = streams ? ['bedrock:InvokeModelWithResponseStream'] : ['bedrock:InvokeModel']
    grants.push(...grantsOf(base, capital(role), model, actions))
  }
  const { guardrailId, region } = base.config
  if (guardrailId !== '' && (roles.includes('strong') || roles.includes('fast')) && models.strong) {
    const guardrail = pulumi.interpolate`arn:aws:bedrock:${region}:${base.account}:guardrail/${guardrailId}`
    grants.push({ sid: 'Guardrail', actions: ['bedrock:ApplyGuardrail'], resources: [guardrail] })
  }
  return grants
}

function grantsOf({ config, account }: Base, sid: string, model: Model, actions: string[]): Grant[] {
  const { region } = config
  if (model.id.startsWith('arn:')) return [{ sid, actions, resources: [model.id] }]
  const named = (where: string) => `arn:aws:bedrock:${where}::foundation-model/${model.name}`
  if (model.geography === undefined) return [{ sid, actions, resources: [named(region)] }]
  const profile = pulumi.interpolate`arn:aws:bedrock:${region}:${account}:inference-profile/${model.id}`
  return [
    { sid: `${sid}Profile`, actions, resources: [profile] },
    {
      sid: `${sid}ByProfile`,
      actions,
      resources: regionsOf[model.geography].map(named),
      conditions: { StringLike: { 'bedrock:InferenceProfileArn': profile } },
    },
  ]
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
