import {
  type BedrockRuntimeClient,
  BedrockRuntimeClient as Client,
  ConverseCommand,
  type ConverseCommandOutput,
  ConverseStreamCommand,
  type ConverseStreamCommandInput,
  type ConverseStreamOutput,
  InvokeModelCommand,
} from '@aws-sdk/client-bedrock-runtime'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import type { Test } from 'tap'
import { type FakeBedrock, type FakeBedrockOptions, startFakeBedrock } from '../../fake-bedrock.ts'

export const claude = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0'
export const bareClaude = 'anthropic.claude-sonnet-4-5-20250929-v1:0'
export const titanText = 'amazon.titan-text-express-v1'
export const titanEmbed = 'amazon.titan-embed-text-v2:0'

export const sources = `<source number="1" title="Handbook" path="handbook.md" place="Leave / lines 1-4">
Employees get 25 days of annual leave. Leave is requested in the portal. Unused days lapse in March.
</source>
<source number="2" title="Sales" path="sales.csv" place="rows 2-3">
Region | Sales
North | 120
South | 80
</source>`

export type Input = Partial<ConverseStreamCommandInput>

export interface Bedrock {
  fake: FakeBedrock
  client: BedrockRuntimeClient
  /** One call of Converse, with a text as the only message when no messages are given. */
  converse(text: string, more?: Input, signal?: AbortSignal): Promise<ConverseCommandOutput>
  stream(text: string, more?: Input, signal?: AbortSignal): Promise<AsyncIterable<ConverseStreamOutput>>
  /** The parsed body of an answer to InvokeModel. */
  invoke(modelId: string, body: object): Promise<unknown>
}

/** The emulator, and the real SDK's client for it. */
export async function bedrock(t: Test, options: FakeBedrockOptions & { maxAttempts?: number } = {}): Promise<Bedrock> {
  const fake = await startFakeBedrock(options)
  const client = new Client({
    region: 'eu-central-1',
    endpoint: fake.url,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestHandler: new NodeHttpHandler(),
    maxAttempts: options.maxAttempts ?? 1,
  })
  t.teardown(async () => {
    client.destroy()
    await fake.close()
  })
  const input = (text: string, more: Input) => ({
    modelId: claude,
    messages: [{ role: 'user' as const, content: [{ text }] }],
    ...more,
  })
  return {
    fake,
    client,
    converse: (text, more = {}, abortSignal) =>
      client.send(new ConverseCommand(input(text, more)), { ...(abortSignal && { abortSignal }) }),
    async stream(text, more = {}, abortSignal) {
      const command = new ConverseStreamCommand(input(text, more))
      const { stream } = await client.send(command, { ...(abortSignal && { abortSignal }) })
      if (stream === undefined) throw new Error('no stream came')
      return stream
    },
    async invoke(modelId, body) {
      const answer = await client.send(new InvokeModelCommand({ modelId, body: JSON.stringify(body) }))
      return JSON.parse(answer.body.transformToString())
    },
  }
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

export const textOf = (events: readonly ConverseStreamOutput[]): string =>
  events.map((event) => event.contentBlockDelta?.delta?.text ?? '').join('')

export const said = (output: ConverseCommandOutput): string | undefined => output.output?.message?.content?.[0]?.text
