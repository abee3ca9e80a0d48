import type { IncomingMessage, ServerResponse } from 'node:http'
import { Value } from 'typebox/value'
import { Change } from './control.ts'
import type { Counters } from './counters.ts'
import { get, json, pause, readAll } from './http.ts'
import type { State } from './state.ts'

/** Longest that a caller may wait for counters, in milliseconds. */
const longestWait = 60_000

/**
 * `GET /_control`: counters, what waits to happen, and the last requests. `POST /_control`: a `Change`. `DELETE
 * /_control`: as after the start. `GET /_control/until?counter=held&atLeast=1&timeoutMs=5000`: answers as soon as a
 * counter is that high (also `byError.ThrottlingException`), or 408.
 */
export async function serveControl(request: IncomingMessage, response: ServerResponse, state: State): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  const call = `${request.method} ${pathname}`
  if (call === 'GET /_control/until') return await until(response, state, searchParams)
  if (call === 'DELETE /_control') state.reset()
  else if (call === 'POST /_control') {
    const change = read(await readAll(request))
    if (typeof change === 'string') return json(response, 400, { message: change })
    state.change(change)
  } else if (call !== 'GET /_control') return json(response, 404, { message: `There is no ${call} here.` })
  json(response, 200, {
    counters: state.counting.counters,
    faults: state.faults.pending(),
    answers: state.answers.pending(),
    tokensPerMinute: state.budget.limits(),
    denied: [...state.denied],
    endOfLife: [...state.endOfLife],
    aliases: Object.fromEntries(state.aliases),
    requests: state.recorded,
  })
}

/** The change that a body asks for, or what is wrong with it: a slip of the pen must not make a test pass. */
function read(text: string): Change | string {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return 'The body is not JSON.'
  }
  if (Value.Check(Change, body)) return body
  return Value.Errors(Change, body)
    .map(({ instancePath, message, params }) => {
      const extra = get(params, 'additionalProperties')
      return `${instancePath || '/'} ${message}${extra === undefined ? '' : `: ${String(extra)}`}`
    })
    .join('; ')
}

async function until(response: ServerResponse, state: State, query: URLSearchParams): Promise<void> {
  const counter = query.get('counter') ?? ''
  const atLeast = Number(query.get('atLeast') ?? 1)
  const waited = Math.min(Number(query.get('timeoutMs') ?? 5000), longestWait)
  const [name = '', key] = counter.split(/\.(.*)/s)
  const current = (counters: Readonly<Counters>): number => {
    const value = get(counters, name)
    return Number((key === undefined || key === '' ? value : get(value, key)) ?? 0)
  }
  if (get(state.counting.counters, name) === undefined || Number.isNaN(atLeast)) {
    return json(response, 400, { message: `There is no counter ${counter}, or ${query.get('atLeast')} is no number.` })
  }
  const over = new AbortController()
  const reached = state.counting.until((counters) => over.signal.aborted || current(counters) >= atLeast)
  await Promise.race([reached, pause(waited, over.signal)])
  const enough = current(state.counting.counters) >= atLeast
  over.abort()
  json(response, enough ? 200 : 408, { counters: state.counting.counters })
}
