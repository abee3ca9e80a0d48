import { createParser } from 'eventsource-parser'
import type { Server } from './server.ts'

/** One thing that a stream said: an event with its data, or a comment line. */
export interface Said {
  event: string
  // biome-ignore lint/suspicious/noExplicitAny: answers are what is under test, their shape is checked by the OpenAPI tests
  data: any
}

export interface ChatEvents {
  response: Response
  /** The next thing said; undefined once the stream has ended. Rejects when the connection broke. */
  next(): Promise<Said | undefined>
  /** The next event, comment lines passed over. */
  nextEvent(): Promise<Said | undefined>
  /** Everything said until the end, comment lines left out. */
  rest(): Promise<Said[]>
  hangUp(): void
}

/** Asks a question whose answer comes as a stream. */
export async function ask(server: Server, body: Record<string, unknown>): Promise<ChatEvents> {
  const leaving = new AbortController()
  const response = await fetch(`${server.url}/chat`, {
    method: 'POST',
    headers: { ...server.headers, 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify(body),
    signal: leaving.signal,
  })
  const waiting: Said[] = []
  const parser = createParser({
    onEvent: ({ event = '', data }) => waiting.push({ event, data: JSON.parse(data) }),
    onComment: (data) => waiting.push({ event: 'comment', data }),
  })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  const events: ChatEvents = {
    response,
    async next() {
      while (waiting.length === 0) {
        const part = await reader?.read()
        if (!part || part.done) return undefined
        parser.feed(part.value)
      }
      return waiting.shift()
    },
    async nextEvent() {
      for (;;) {
        const said = await events.next()
        if (said?.event !== 'comment') return said
      }
    },
    async rest() {
      const all: Said[] = []
      for (let said = await events.nextEvent(); said; said = await events.nextEvent()) all.push(said)
      return all
    },
    hangUp: () => leaving.abort(),
  }
  return events
}

/** What the deltas of a stream say together. */
export const textOf = (said: readonly Said[]): string =>
  said.map(({ event, data }) => (event === 'delta' ? data.text : '')).join('')
