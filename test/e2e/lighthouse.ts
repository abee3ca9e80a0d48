import type { Test } from 'tap'
import { startFakeOpenAi } from '../../tools/fake-openai.ts'
import type { ChatEvents, Said } from './chat-events.ts'
import { startServer } from './server.ts'

const fact = 'The lighthouse keeper of Northcape is called Astrid Lindqvist and she has served since 1987.'
/** What every stream is asked. */
export const message = 'Who is the lighthouse keeper of Northcape?'
/** What the model answers, when it is let. */
export const whole = `According to the documents: ${fact} [1]`

/** A server with one document, whose model is the fake. Answers are not kept, so that every question reaches it. */
export async function world(t: Test, settings: Record<string, string> = {}) {
  const model = await startFakeOpenAi()
  t.teardown(() => model.close())
  const server = await startServer(t, {
    CHAT_MODEL: 'openai-compatible',
    OPENAI_URL: model.url,
    OPENAI_CHAT_MODEL: 'fake-chat',
    HEARTBEAT_MS: '50',
    CACHE_TTL_MS: '0',
    ...settings,
  })
  const { body } = await server.upload('northcape.md', `# Northcape\n\n${fact}\n`)
  await server.settled(body.id, 'ready')
  return { model, server }
}

/** The first piece of an answer. */
export const tillDelta = async (events: ChatEvents): Promise<Said | undefined> => {
  for (;;) {
    const said = await events.nextEvent()
    if (!said || said.event === 'delta') return said
  }
}
