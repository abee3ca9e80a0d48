import type { Test } from 'tap'
import { type FakeOpenAi, type FakeOpenAiOptions, startFakeOpenAi } from '../../../../tools/fake-openai.ts'
import { createOpenAiChat, type OpenAiChatOptions } from '../chat.ts'
import { createOpenAiEmbedder, type OpenAiEmbedderOptions } from '../embedder.ts'

export const apiKey = 'sk-this-must-never-be-seen'

export async function fakeFor(t: Test, options: FakeOpenAiOptions = {}): Promise<FakeOpenAi> {
  const fake = await startFakeOpenAi({ record: true, ...options })
  t.teardown(() => fake.close())
  return fake
}

export async function chatFor(t: Test, options: Partial<OpenAiChatOptions> = {}) {
  const fake = await fakeFor(t)
  const chat = createOpenAiChat({
    url: fake.url,
    apiKey,
    model: 'fake-chat',
    contextTokens: 8192,
    timeoutMs: 30_000,
    ...options,
  })
  t.teardown(() => chat.close())
  return { fake, chat }
}

export async function embedderFor(t: Test, options: Partial<OpenAiEmbedderOptions> = {}) {
  const fake = await fakeFor(t)
  const embedder = createOpenAiEmbedder({
    url: fake.url,
    apiKey,
    model: 'fake-embed',
    dimensions: 0,
    batch: 10,
    concurrency: 2,
    timeoutMs: 30_000,
    ...options,
  })
  t.teardown(() => embedder.close())
  return { fake, embedder }
}
