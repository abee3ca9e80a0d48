import type { Message } from '@aws-sdk/client-bedrock-runtime'
import { test } from 'tap'
import { bareClaude, bedrock, claude, type Input, titanEmbed, titanText } from './client.ts'

const user = (...content: Message['content'] & object): Message => ({ role: 'user', content })
const assistant = (...content: Message['content'] & object): Message => ({ role: 'assistant', content })
const toolConfig = { tools: [{ toolSpec: { name: 'sum', inputSchema: { json: {} } } }] }
const use = { toolUse: { toolUseId: 'tooluse_1', name: 'sum', input: {} } }
const validation = (message: RegExp): Refusal => ({
  name: 'ValidationException',
  message,
  $metadata: { httpStatusCode: 400 },
})

interface Refusal {
  name: string
  message?: RegExp
  $metadata: { httpStatusCode: number }
}
const refused: [promise: string, input: Input, error: Refusal][] = [
  [
    'a system prompt by a model without them',
    { modelId: titanText, system: [{ text: 'Be brief.' }] },
    validation(/^This model doesn't support system messages\. Try again without a system message/),
  ],
  [
    'tools by a model without them',
    { modelId: titanText, toolConfig },
    validation(/^This model doesn't support tool use\.$/),
  ],
  ['a model that is not there', { modelId: 'eu.anthropic.claude-none' }, validation(/model identifier is invalid/)],
  ['a profile of another geography', { modelId: `us.${bareClaude}` }, validation(/model identifier is invalid/)],
  [
    'a model by its id that needs a profile',
    { modelId: bareClaude },
    validation(/^Invocation of model ID .* with on-demand throughput isn’t supported\. Retry .* inference profile/),
  ],
  ['a chat with an embedding model', { modelId: titanEmbed }, validation(/^This action doesn't support the model/)],
  [
    'more tokens than the model can write',
    { inferenceConfig: { maxTokens: 64_001 } },
    validation(/^The maximum tokens you requested exceeds the model limit of 64000\./),
  ],
  ['no tokens at all', { inferenceConfig: { maxTokens: 0 } }, validation(/inferenceConfig\.maxTokens/)],
  [
    'temperature together with topP by a recent model',
    { inferenceConfig: { temperature: 0, topP: 1 } },
    validation(/cannot both be specified/),
  ],
  [
    'temperature by a model that thinks for itself',
    { modelId: 'eu.anthropic.claude-sonnet-5', inferenceConfig: { temperature: 0 } },
    validation(/`temperature` is deprecated for this model/),
  ],
  [
    'a budget for thinking by a model that has none',
    {
      modelId: 'global.anthropic.claude-haiku-5-5',
      additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 1024 } },
    },
    validation(/"thinking\.type\.enabled" is not supported for this model/),
  ],
  ['a prompt that is too long', { messages: [user({ text: 'word '.repeat(200_000) })] }, validation(/too long/)],
  [
    'a conversation that begins with the assistant',
    { messages: [assistant({ text: 'Hi' }), user({ text: 'Hi' })] },
    validation(/^A conversation must start with a user message\./),
  ],
  ['no messages', { messages: [] }, validation(/must start with a user message/)],
  [
    'two questions in a row',
    { messages: [user({ text: 'a' }), user({ text: 'b' })] },
    validation(/^A conversation must alternate between user and assistant roles\./),
  ],
  [
    'an empty text',
    { messages: [user({ text: '' })] },
    validation(/^The text field in the ContentBlock object at messages\.0\.content\.0 is blank\./),
  ],
  ['spaces only', { messages: [user({ text: ' \n' })] }, validation(/must contain non-whitespace text/)],
  ['an empty message', { messages: [user()] }, validation(/Message object at messages\.0 is empty/)],
  ['an empty system prompt', { system: [{ text: '' }] }, validation(/SystemContentBlock object at system\.0 is blank/)],
  [
    'a use of a tool without its result',
    { toolConfig, messages: [user({ text: 'a' }), assistant(use), user({ text: 'b' })] },
    validation(/^Expected toolResult blocks at messages\.2\.content for the following Ids: tooluse_1$/),
  ],
  [
    'results without a use',
    { toolConfig, messages: [user({ toolResult: { toolUseId: 'x', content: [{ text: '1' }] } })] },
    validation(/^The number of toolResult blocks at messages\.0\.content exceeds/),
  ],
  [
    'tools in messages without tools in the request',
    { messages: [user({ text: 'a' }), assistant(use), user({ toolResult: { toolUseId: 'tooluse_1', content: [] } })] },
    validation(/^The toolConfig field must be defined/),
  ],
  [
    'a cache point by a model without a cache',
    { modelId: 'anthropic.claude-3-haiku-20240307-v1:0', system: [{ text: 'a' }, { cachePoint: { type: 'default' } }] },
    { name: 'AccessDeniedException', message: /did not allow prompt caching/, $metadata: { httpStatusCode: 403 } },
  ],
  [
    'an application profile that is not there',
    { modelId: 'arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/none' },
    { name: 'ResourceNotFoundException', $metadata: { httpStatusCode: 404 } },
  ],
]

for (const [promise, input, error] of refused) {
  test(`refused as the service does: ${promise}`, async (t) => {
    const { fake, converse, stream } = await bedrock(t)
    await t.rejects(converse('Hello', input), error)
    await t.rejects(stream('Hello', input), error)
    t.equal(fake.counters.refused, 2)
    t.equal(fake.counters.answered, 0)
  })
}

test('models may be denied to the account, or at the end of their life', async (t) => {
  const { fake, converse } = await bedrock(t)
  fake.control({ denied: [claude], endOfLife: [titanText] })
  await t.rejects(converse('Hello'), { name: 'AccessDeniedException', message: /You don't have access to the model/ })
  await t.rejects(converse('Hello', { modelId: titanText }), {
    name: 'ResourceNotFoundException',
    message: /reached the end of its life/,
  })
})

test('a request without a signature, or signed for another service, is refused', async (t) => {
  const { fake } = await bedrock(t)
  const post = async (headers: Record<string, string>) => {
    const response = await fetch(`${fake.url}/model/${titanText}/converse`, { method: 'POST', headers, body: '{}' })
    return `${response.status} ${response.headers.get('x-amzn-errortype')?.split(':')[0]}`
  }
  const signed = (service: string) =>
    `AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/${service}/aws4_request, SignedHeaders=host, Signature=0`
  t.equal(await post({}), '403 MissingAuthenticationTokenException')
  t.equal(await post({ authorization: signed('s3') }), '403 InvalidSignatureException')
  t.equal(await post({ authorization: signed('bedrock') }), '400 ValidationException')
  t.equal(await post({ authorization: 'Bearer key' }), '400 ValidationException')
})
