import { test } from 'tap'
import { catalogue, defaults, type Role } from '../catalogue.ts'
import { costUsd } from '../cost.ts'
import { resolveModel } from '../model-id.ts'

test('every role has a default that is active and made for it', (t) => {
  const kinds = { strong: 'chat', fast: 'chat', embed: 'embed', rerank: 'rerank' } satisfies Record<Role, string>
  for (const [role, id] of Object.entries(defaults)) {
    const entry = catalogue.find((each) => each.id === id)
    t.match(entry, { kind: kinds[role as Role], lifecycle: { state: 'active' } }, role)
  }
  t.end()
})

test('each entry stands once, says where it is from, and names a successor that is in the catalogue and active', (t) => {
  t.equal(new Set(catalogue.map(({ id }) => id)).size, catalogue.length)
  for (const { id, lifecycle, prices } of catalogue) {
    t.not(lifecycle.source, '', id)
    t.match(prices?.asOf, /^20\d\d-\d\d-\d\d$/, id)
    if (lifecycle.state !== 'active') {
      if (lifecycle.ends === undefined) t.match(lifecycle.source, /not found/, id)
      else t.match(lifecycle.ends, /^20\d\d-\d\d-\d\d$/, id)
      const successor = catalogue.find((each) => each.id === lifecycle.successor)
      t.equal(successor?.lifecycle.state, 'active', id)
    }
  }
  t.end()
})

test('a retired model is warned of, with its successor', (t) => {
  for (const id of [
    'anthropic.claude-3-5-sonnet-20240620-v1:0',
    'anthropic.claude-3-5-sonnet-20241022-v2:0',
    'anthropic.claude-3-haiku-20240307-v1:0',
    'amazon.titan-text-express-v1',
  ]) {
    t.match(resolveModel(id, 'us-east-1').warnings, [/was retired(?: on 202\d.*)?: .*use "anthropic\.claude-/], id)
  }
  t.same(resolveModel('amazon.titan-embed-text-v2:0', 'us-east-1', 'embed').warnings, [])
  t.end()
})

test('a bare id gets the profile of its region where the model needs one, and nothing where it does not', (t) => {
  const id = (model: string, region: string) => resolveModel(model, region).id
  const claude = 'anthropic.claude-sonnet-4-5-20250929-v1:0'
  t.equal(id(claude, 'eu-central-1'), `eu.${claude}`)
  t.equal(id(claude, 'us-west-2'), `us.${claude}`)
  t.equal(id(claude, 'us-gov-west-1'), `us-gov.${claude}`)
  t.equal(id(claude, 'ap-northeast-1'), `jp.${claude}`)
  t.equal(id(claude, 'ap-southeast-2'), `au.${claude}`)
  t.equal(id(claude, 'ap-south-1'), `apac.${claude}`)
  t.equal(id('amazon.titan-text-express-v1', 'eu-central-1'), 'amazon.titan-text-express-v1')
  const far = resolveModel(claude, 'sa-east-1')
  t.equal(far.id, `global.${claude}`)
  t.match(far.warnings.join(), /any region/)
  t.end()
})

test('a profile or an ARN is used as it was given, and names the same model', (t) => {
  const claude = 'anthropic.claude-haiku-5-5'
  for (const id of [
    `global.${claude}`,
    `arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.${claude}`,
    `arn:aws:bedrock:us-east-1::foundation-model/${claude}`,
  ]) {
    const model = resolveModel(id, 'eu-central-1')
    t.match(model, { id, name: claude, entry: { id: claude }, warnings: [] })
  }
  t.equal(resolveModel(`global.${claude}`, 'eu-central-1').geography, 'global')
  t.end()
})

test('an id that nobody knows works, with a warning that says what is assumed', (t) => {
  const arn = 'arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/abc123'
  t.match(resolveModel(arn, 'eu-central-1'), { id: arn, name: 'abc123', warnings: [/not in the catalogue/] })
  const newer = resolveModel('eu.anthropic.claude-sonnet-9', 'eu-central-1')
  t.match(newer, { id: 'eu.anthropic.claude-sonnet-9', geography: 'eu', entry: { supports: { temperature: false } } })
  t.equal(costUsd(newer, { inputTokens: 10, outputTokens: 10 }), undefined)
  t.match(resolveModel('cohere.embed-v9', 'eu-central-1', 'embed').entry.embedding, { format: 'cohere-v4' })
  t.end()
})

test('a model for something else is warned of', (t) => {
  t.match(resolveModel('amazon.titan-embed-text-v2:0', 'us-east-1').warnings, [/not made for/])
  t.end()
})

test('cost: tokens by list price, a tenth more outside the global profile, long prompts by their own', (t) => {
  const million = { inputTokens: 1e6, outputTokens: 1e6 }
  const haiku = 'anthropic.claude-haiku-5-5'
  const cost = (id: string, usage: Parameters<typeof costUsd>[1], kind?: 'embed' | 'rerank') =>
    costUsd(resolveModel(id, 'us-east-1', kind), usage)
  t.equal(cost('global.anthropic.claude-sonnet-5-5', million), 12)
  t.equal(cost('us.anthropic.claude-sonnet-5-5', million), 13.2)
  t.equal(cost(`global.${haiku}`, { inputTokens: 100_000, outputTokens: 0 }), 0.01)
  t.equal(cost(`global.${haiku}`, { inputTokens: 200_000, outputTokens: 0 }), 0.1)
  t.equal(cost('anthropic.claude-3-haiku-20240307-v1:0', million), 1.5)
  t.equal(cost('amazon.titan-embed-text-v2:0', { inputTokens: 1e6, outputTokens: 0 }, 'embed'), 0.02)
  t.equal(cost('cohere.rerank-v3-5:0', { inputTokens: 0, outputTokens: 0, queries: 1000 }, 'rerank'), 2)
  t.end()
})
