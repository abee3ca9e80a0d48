import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Operation } from './control.ts'
import { writeConverse } from './converse.ts'
import { type ConverseCall, readConverse } from './converse-request.ts'
import { type Exchange, writeWhole } from './exchange.ts'
import { json, pause, readAll } from './http.ts'
import { invoke } from './invoke.ts'
import { type Model, resolveModel } from './models.ts'
import { type OpenAiTarget, passedOn } from './openai.ts'
import { limited, reply } from './reply.ts'
import { ServiceError, writeError } from './service-error.ts'
import type { State } from './state.ts'

const operationOf: Record<string, Operation | undefined> = {
  converse: 'Converse',
  'converse-stream': 'ConverseStream',
  invoke: 'InvokeModel',
}

/** Answers one request to the service. */
export async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  state: State,
  openai: OpenAiTarget | undefined,
): Promise<void> {
  response.setHeader('x-amzn-requestid', randomUUID())
  try {
    const [, modelId = '', last = ''] = /^\/model\/(.+)\/([^/?]+)(?:\?.*)?$/.exec(request.url ?? '') ?? []
    const operation = operationOf[last]
    if (request.method !== 'POST' || operation === undefined) throw new ServiceError('UnknownOperationException')
    await answer(request, response, state, openai, operation, decodeURIComponent(modelId))
  } catch (error) {
    if (response.destroyed) return
    if (response.headersSent) response.destroy()
    else if (error instanceof ServiceError) refuse(response, error, state)
    else {
      console.error(error)
      refuse(response, new ServiceError('InternalServerException'), state)
    }
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  state: State,
  openai: OpenAiTarget | undefined,
  operation: Operation,
  modelId: string,
): Promise<void> {
  const begun = performance.now()
  const text = await readAll(request)
  const { counting } = state
  const region = signedFor(request.headers.authorization)
  const model = resolveModel(modelId, region, state.aliases)
  const names = [model.id, modelId]
  const attempt = request.headers['amz-sdk-request']
  const body = parsed(text)
  state.record({ operation, model: model.id, modelId, region, attempt: attempt?.toString(), body })
  counting.add('requests')
  counting.addTo('byOperation', operation)
  counting.addTo('byModel', model.id)
  const fault = state.faults.take(operation, names) ?? {}
  const exchange = state.begin(operation, response, fault)

  if (fault.hold) await exchange.held()
  if (fault.delayMs) await pause(fault.delayMs, exchange.gone)
  if (exchange.gone.aborted) return
  if (fault.refuse) return exchange.cut()
  if (fault.error) throw new ServiceError(fault.error, fault.message, fault.retryAfter)
  if (fault.garbage) {
    response.writeHead(200, { 'content-type': 'text/html' })
    response.end('<html><body><h1>It works!</h1></body></html>')
    return
  }
  if (fault.wrong) return json(response, 200, { unexpected: true })
  if (names.some((name) => state.denied.has(name))) throw new ServiceError('AccessDeniedException')
  if (names.some((name) => state.endOfLife.has(name))) throw new ServiceError('ResourceNotFoundException')
  if (operation === 'InvokeModel') await invoked(exchange, state, model, body, begun)
  else await conversed(exchange, state, openai, operation, readConverse(body, model), names, begun)
}

async function conversed(
  exchange: Exchange,
  state: State,
  openai: OpenAiTarget | undefined,
  operation: Operation,
  call: ConverseCall,
  names: readonly string[],
  begun: number,
): Promise<void> {
  const { model, maxTokens } = call
  const input = state.cache.count(call)
  const prompt = input.input + input.cacheRead + input.cacheWrite
  if (prompt > model.context) {
    const why = model.id.startsWith('anthropic.')
      ? `The model returned the following errors: prompt is too long: ${prompt} tokens > ${model.context} maximum`
      : 'Input is too long for requested model.'
    throw new ServiceError('ValidationException', why)
  }
  const reservation = state.budget.reserve(model.id, prompt + maxTokens)
  const script = state.answers.take(operation, names)
  const parts =
    openai && script === undefined ? passedOn(call, openai, exchange.gone) : reply(call, script, state.guardrail)
  const { outputTokens } = await writeConverse(operation, exchange, limited(parts, maxTokens), input, begun)
  reservation.settle(input.input + input.cacheWrite + outputTokens * model.burndown)
  state.counting.add('inputTokens', prompt)
  state.counting.add('outputTokens', outputTokens)
}

async function invoked(exchange: Exchange, state: State, model: Model, body: unknown, begun: number): Promise<void> {
  const result = invoke(model, body, exchange.fault.dimensions)
  state.budget.reserve(model.id, result.inputTokens)
  state.counting.add('texts', result.texts)
  state.counting.add('inputTokens', result.inputTokens)
  const headers = {
    'x-amzn-bedrock-input-token-count': String(result.inputTokens),
    'x-amzn-bedrock-invocation-latency': String(Math.round(performance.now() - begun)),
  }
  await writeWhole(exchange, headers, result.body)
}

function refuse(response: ServerResponse, error: ServiceError, state: State): void {
  state.counting.add('refused')
  state.counting.addTo('byError', error.name)
  writeError(response, error)
}

/** The region that a request was signed for; undefined with a bearer token. Any key is good, but there must be one. */
function signedFor(authorization: string | undefined): string | undefined {
  if (authorization?.startsWith('Bearer ')) return undefined
  const signed = /^AWS4-HMAC-SHA256 Credential=[^,]+\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request,/.exec(authorization ?? '')
  if (signed === null) throw new ServiceError('MissingAuthenticationTokenException')
  if (signed[2] !== 'bedrock') throw new ServiceError('InvalidSignatureException')
  return signed[1]
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ServiceError('SerializationException')
  }
}
