import { isKassError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'
import type { ChatModel, ConverseRequest, StopReason } from '../../shared/ports/chat-model.ts'
import { countTokens } from '../../shared/text/tokens.ts'

export interface TurnUsage {
  input_tokens: number
  output_tokens: number
  estimated: boolean
}

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
        } else {
          usage = { input_tokens: event.inputTokens, output_tokens: event.outputTokens, estimated: event.estimated }
        }
      }
      outcome = stop
    } catch (error) {
      outcome = isKassError(error) ? error.code : 'internal'
      throw error
    } finally {
      const { input_tokens: inputTokens, output_tokens: outputTokens, estimated } = known()
      const latency = Math.round((performance.now() - begun) * 10) / 10
      // A model that generates nothing costs nothing; what others cost is not known here.
      const cost = model.generates ? {} : { costUsd: 0 }
      logger.info(
        { model: model.id, purpose, outcome, inputTokens, outputTokens, estimated, latency, ...cost },
        'model call',
      )
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

export function addUsage(a: TurnUsage, b: TurnUsage): TurnUsage {
  return {
    input_tokens: a.input_tokens + b.input_tokens,
    output_tokens: a.output_tokens + b.output_tokens,
    estimated: a.estimated || b.estimated,
  }
}
