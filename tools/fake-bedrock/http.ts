import type { IncomingMessage, ServerResponse } from 'node:http'

/** Answers with JSON. */
export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

/** The body of a request. */
export async function readAll(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}

/** A field of a value that came from outside. */
export const get = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

/** A list that came from outside; anything else is an empty one. */
export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** Resolves after so many milliseconds, or as soon as the signal aborts. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    if (signal.aborted) done()
    else signal.addEventListener('abort', done)
  })

/** Where streams are held until somebody lets them go. */
export function createGate() {
  const waiting = new Set<() => void>()
  return {
    /** Resolves with the next `open`, or as soon as the signal aborts. */
    wait: (signal: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        const go = () => {
          waiting.delete(go)
          signal.removeEventListener('abort', go)
          resolve()
        }
        if (signal.aborted) return resolve()
        waiting.add(go)
        signal.addEventListener('abort', go)
      }),
    open() {
      for (const go of [...waiting]) go()
    },
  }
}
