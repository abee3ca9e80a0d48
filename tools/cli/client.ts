import { setTimeout as wait } from 'node:timers/promises'
import { Failure, field, textField } from './failure.ts'
import type { StreamedBody } from './form-body.ts'

export interface Client {
  readonly url: string
  /**
   * Sends a request and gives the response when it was successful. 429 and 503 are tried again when the server says.
   * `body` makes the body anew for each try, since a stream can be sent only once.
   * @throws Failure with the server's code and sentence
   */
  send(method: string, path: string, options?: SendOptions): Promise<Response>
  /** The same, with JSON both ways. */
  json<T>(
    method: string,
    path: string,
    options?: SendOptions & { data?: unknown },
  ): Promise<{ status: number; body: T }>
}

export interface SendOptions {
  body?: () => string | Promise<string | StreamedBody>
  headers?: Record<string, string>
  signal?: AbortSignal
  /** Statuses that pass, besides 429 and 503. */
  retryOn?: readonly number[]
  /** Tries again for this long when the connection fails, for requests that may be sent twice. */
  reconnectMs?: number
  /** Statuses that are given back instead of thrown. */
  accept?: readonly number[]
}

export interface ClientOptions {
  url: string
  apiKey?: string
  /** Of an identity provider; sent when there is no key. */
  token?: string
  /** Longest time that retries may take together. */
  patienceMs?: number
}

/** Seconds, or a date (RFC 9110, 10.2.3); a second when the server does not say. */
function retryAfterMs(response: Response): number {
  const value = response.headers.get('retry-after') ?? '1'
  const seconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000
  return Math.max(50, Number.isFinite(seconds) ? seconds * 1000 : 1000)
}

function unreachable(url: string, error: unknown): Failure {
  const cause = textField(field(error, 'cause'), 'code') ?? textField(error, 'message') ?? String(error)
  return new Failure(
    'unreachable',
    `No KASS server answers at ${url} (${cause}). Start one with "npm start", or set KASS_URL to where it runs.`,
  )
}

/** What the server's problem (RFC 9457) says, with what the caller can do about it. */
export async function refusal(response: Response): Promise<Failure> {
  const problem: unknown = await response.json().catch(() => undefined)
  const code = textField(problem, 'code') ?? `http_${response.status}`
  const said = textField(problem, 'detail') ?? textField(problem, 'title') ?? `The server answered ${response.status}.`
  const hint =
    response.status === 401 ? ' Set KASS_API_KEY to a key made with "kass keys create", or KASS_TOKEN to a token.' : ''
  return new Failure(code, said + hint, {
    status: response.status,
    place: textField(problem, 'place') ?? textField(problem, 'field'),
    request_id: response.headers.get('x-request-id') ?? undefined,
  })
}

/** Calls a KASS server. */
export function createClient({ url, apiKey, token, patienceMs = 120_000 }: ClientOptions): Client {
  const identity: Record<string, string> = {}
  if (apiKey) identity['x-api-key'] = apiKey
  else if (token) identity.authorization = `Bearer ${token}`
  const send: Client['send'] = async (method, path, options = {}) => {
    const giveUpAt = Date.now() + patienceMs
    const reconnectUntil = Date.now() + (options.reconnectMs ?? 0)
    for (;;) {
      const given = await options.body?.()
      const [body, own] = typeof given === 'object' ? [given.stream, given.headers] : [given, undefined]
      const headers = { ...options.headers, ...own, ...identity }
      let response: Response
      try {
        response = await fetch(url + path, { method, headers, body, duplex: 'half', signal: options.signal })
      } catch (error) {
        if (options.signal?.aborted) throw error
        // The body could not be made: what it says is no fault of the server.
        const cause = field(error, 'cause')
        if (cause instanceof Failure) throw cause
        if (Date.now() >= reconnectUntil) throw unreachable(url, error)
        await wait(250, undefined, { signal: options.signal })
        continue
      }
      if (response.ok || options.accept?.includes(response.status)) return response
      const waitMs = retryAfterMs(response)
      const mayPass = [429, 503, ...(options.retryOn ?? [])].includes(response.status)
      if (!mayPass || Date.now() + waitMs > giveUpAt) throw await refusal(response)
      await response.body?.cancel()
      await wait(waitMs, undefined, { signal: options.signal })
    }
  }
  return {
    url,
    send,
    async json<T>(method: string, path: string, options: SendOptions & { data?: unknown } = {}) {
      const { data, ...rest } = options
      const response = await send(method, path, {
        ...rest,
        ...(data === undefined
          ? {}
          : { body: () => JSON.stringify(data), headers: { ...rest.headers, 'content-type': 'application/json' } }),
      })
      const text = await response.text()
      try {
        // The server checks its responses against the schemas of the same release.
        return { status: response.status, body: JSON.parse(text) as T }
      } catch {
        throw new Failure('not_kass', `What answers at ${url} is not a KASS server.`)
      }
    },
  }
}
