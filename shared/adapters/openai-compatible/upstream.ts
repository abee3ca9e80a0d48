import { Agent, type Dispatcher, errors, request } from 'undici'
import { isKassError, KassError } from '../../errors.ts'
import { field, parseRetryAfter } from '../wire-values.ts'

export interface UpstreamOptions {
  /** Base URL, for example `http://127.0.0.1:11434/v1`. */
  url: string
  apiKey: string
  connections: number
  /** Longest silence: until the first byte, and between two. */
  timeoutMs: number
}

export interface Upstream {
  /**
   * Sends JSON and gives the answer once its headers say that it is a good one. Redirects are never followed.
   * @throws KassError model_throttled, model_unavailable, model_timeout, model_refused; the signal's reason when it fired
   */
  post(path: string, body: unknown, signal: AbortSignal): Promise<Dispatcher.ResponseData>
  /** The coded error for what broke while an answer was read. */
  broken(error: unknown): KassError
  close(): Promise<void>
}

const longestExcuse = 64 * 1024

/** A server that speaks the OpenAI wire format, over connections of its own. */
export function createUpstream(options: UpstreamOptions): Upstream {
  const agent = new Agent({
    connections: options.connections,
    headersTimeout: options.timeoutMs,
    bodyTimeout: options.timeoutMs,
    connectTimeout: Math.min(options.timeoutMs, 10_000),
    allowH2: false,
  })
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  if (options.apiKey !== '') headers.authorization = `Bearer ${options.apiKey}`

  return {
    async post(path, body, signal) {
      let response: Dispatcher.ResponseData
      try {
        response = await request(`${options.url}${path}`, {
          dispatcher: agent,
          method: 'POST',
          headers,
          body: JSON.stringify(body),
          signal,
        })
      } catch (error) {
        if (signal.aborted) throw error
        throw transportError(error, 'model_unavailable')
      }
      if (response.statusCode >= 200 && response.statusCode < 300) return response
      throw await refusal(response, options.apiKey)
    },
    broken: (error) => (isKassError(error) ? error : transportError(error, 'model_failed')),
    close: () => agent.destroy(),
  }
}

function transportError(error: unknown, otherwise: 'model_unavailable' | 'model_failed'): KassError {
  const silent = error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError
  return new KassError(silent ? 'model_timeout' : otherwise, { cause: error })
}

async function refusal(response: Dispatcher.ResponseData, apiKey: string): Promise<KassError> {
  const status = response.statusCode
  const detail = `The model's server answered ${status}: ${await excuse(response, apiKey)}`
  const retryAfterMs = parseRetryAfter(response.headers['retry-after'], Date.now())
  if (status === 429) return new KassError('model_throttled', { detail, retryAfterMs })
  if (status === 408) return new KassError('model_timeout', { detail })
  if (status >= 500) return new KassError('model_unavailable', { detail, retryAfterMs })
  return new KassError('model_refused', { detail })
}

/** What the server says about its refusal, on one short line and without anything that looks like a key. */
async function excuse(response: Dispatcher.ResponseData, apiKey: string): Promise<string> {
  let raw = ''
  try {
    response.body.setEncoding('utf8')
    for await (const part of response.body) {
      raw += part
      if (raw.length > longestExcuse) break
    }
  } catch {
    // The status alone says enough.
  }
  const line = (messageOf(raw) ?? raw).replace(/\s+/g, ' ').trim()
  const safe = (apiKey === '' ? line : line.replaceAll(apiKey, '…')).replace(/\b(Bearer\s+|sk-)\S+/gi, '…')
  return safe === '' ? 'without a reason' : safe.length > 200 ? `${safe.slice(0, 199)}…` : safe
}

function messageOf(raw: string): string | undefined {
  try {
    const body: unknown = JSON.parse(raw)
    const error = field(body, 'error')
    for (const found of [field(error, 'message'), error, field(body, 'message'), field(body, 'detail')]) {
      if (typeof found === 'string') return found
    }
  } catch {
    // Not JSON: the text itself is shown.
  }
  return undefined
}
