import { isKassError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'
import type { ChatModel, ConverseRequest, ModelUsage, StopReason } from '../../shared/ports/chat-model.ts'
import { countTokens } from '../../shared/text/tokens.ts'

export interface TurnUsage {
  input_tokens: number
  output_tokens: number
  /** Of the input; left out where the model says nothing of a cache. */
  cache_read_tokens?: number
  cache_write_tokens?: number
  /** By list price; left out when the price of one of the calls is not known. */
  cost_usd?: number
  estimated: boolean
}

/** Of a turn without a call. */
export const noUsage: TurnUsage = { input_tokens: 0, output_tokens: 0, estimated: false }

export interface ModelCall {
  /** The answer as it comes; leaving the loop ends the call upstream. */
  text: AsyncGenerator<string, void, undefined>
  /** Known once `text` has ended, however it ended. */
  usage(): TurnUsage
  stop(): StopReason
}

/** One call of the model. One line about it is logged when it ends: never a prompt, a passage or an answer. */
export function callModel(
  { model, logger }: { model: ChatModel; logger: Logger },
  purpose: 'answer' | 'condense',
  request: ConverseRequest,
  signal: AbortSignal,
): ModelCall {
  let usage: TurnUsage | undefined
  let stop: StopReason = 'aborted'
  let said = 0

  async function* text(): AsyncGenerator<string, void, undefined> {
    const begun = performance.now()
    let outcome = 'left'
    try {
      for await (const event of model.converse(request, signal)) {
        if (event.type === 'text') {
          said += event.text.length
          yield event.text
        } else if (event.type === 'stop') {
          stop = event.reason
        } else if (event.type === 'usage') {
          usage = turnUsage(event)
        }
      }
      outcome = stop
    } catch (error) {
      outcome = isKassError(error) ? error.code : 'internal'
      throw error
    } finally {
      const latency = Math.round((performance.now() - begun) * 10) / 10
      logger.info({ model: model.id, purpose, outcome, ...figures(known(), model), latency }, 'model call')
    }
  }
  const known = () => usage ?? estimate(request, said)
  return { text: text(), usage: known, stop: () => stop }
}

function estimate(request: ConverseRequest, said: number): TurnUsage {
  const parts = [request.system, ...request.messages.map((m) => m.content), ...request.sources.map((s) => s.text)]
  const input_tokens = parts.reduce((sum, part) => sum + countTokens(part), 0)
  return { input_tokens, output_tokens: Math.ceil(said / 4), estimated: true }
}

function turnUsage({ inputTokens, outputTokens, estimated, ...more }: ModelUsage): TurnUsage {
  return {
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    ...(more.cacheReadTokens !== undefined && { cache_read_tokens: more.cacheReadTokens }),
    ...(more.cacheWriteTokens !== undefined && { cache_write_tokens: more.cacheWriteTokens }),
    ...(more.costUsd !== undefined && { cost_usd: more.costUsd }),
    estimated,
  }
}

/** Usage as it is logged. A model that generates nothing costs nothing. */
function figures(usage: TurnUsage, model: ChatModel): Record<string, number | boolean | undefined> {
  return {
    inputTokens: usage.input_tokens,
    outputTokens: usage.output_tokens,
    cacheReadTokens: usage.cache_read_tokens,
    cacheWriteTokens: usage.cache_write_tokens,
    estimated: usage.estimated,
    costUsd: model.generates ? usage.cost_usd : 0,
  }
}

/** Of two calls of one turn. */
export function addUsage(a: TurnUsage, b: TurnUsage): TurnUsage {
  if (a === noUsage || b === noUsage) return a === noUsage ? b : a
  const either = (x: number | undefined, y: number | undefined) =>
    x === undefined && y === undefined ? undefined : (x ?? 0) + (y ?? 0)
  const read = either(a.cache_read_tokens, b.cache_read_tokens)
  const written = either(a.cache_write_tokens, b.cache_write_tokens)
  const cost = a.cost_usd === undefined || b.cost_usd === undefined ? undefined : a.cost_usd + b.cost_usd
  return {
    input_tokens: a.input_tokens + b.input_tokens,
    output_tokens: a.output_tokens + b.output_tokens,
    ...(read !== undefined && { cache_read_tokens: read }),
    ...(written !== undefined && { cache_write_tokens: written }),
    ...(cost !== undefined && { cost_usd: Math.round(cost * 1e9) / 1e9 }),
    estimated: a.estimated || b.estimated,
  }
}
