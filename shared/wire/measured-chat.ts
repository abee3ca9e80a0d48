import { isKassError } from '../errors.ts'
import type { ChatModel, ModelUsage } from '../ports/chat-model.ts'
import type { LabelValue } from '../telemetry/metrics.ts'
import { currentScope, runIn, type Span, type SpanAttributes } from '../telemetry/scope.ts'
import { callEnded, type Measuring, modelAttributes, outcomeOf } from './measured-call.ts'

/** A chat model whose calls are measured and traced. Who knows the purpose of a call logs it. */
export function measuredChat(chat: ChatModel, { meter, provider }: Omit<Measuring, 'logger'>): ChatModel {
  const model = chat.id
  const operation = 'chat'
  const about = { model, operation } as const

  function spend(usage: Omit<ModelUsage, 'estimated'>, span: Span | undefined): void {
    const { inputTokens, outputTokens, cacheReadTokens = 0, cacheWriteTokens = 0, costUsd = 0 } = usage
    meter.count('kass.model.tokens', { ...about, tokens: 'input' }, inputTokens)
    meter.count('kass.model.tokens', { ...about, tokens: 'output' }, outputTokens)
    if (cacheReadTokens > 0) meter.count('kass.model.tokens', { ...about, tokens: 'cache_read' }, cacheReadTokens)
    if (cacheWriteTokens > 0) meter.count('kass.model.tokens', { ...about, tokens: 'cache_write' }, cacheWriteTokens)
    if (costUsd > 0) meter.count('kass.model.cost', about, costUsd)
    span?.set(usageAttributes(usage))
  }

  return {
    ...chat,
    async *converse(request, signal) {
      const begun = performance.now()
      const scope = currentScope()
      const attributes = {
        ...modelAttributes(model, operation, provider),
        'gen_ai.request.max_tokens': request.maxTokens,
      }
      const span = scope?.span?.child(`chat ${model}`, { kind: 'client', attributes })
      const events = chat.converse(request, signal)[Symbol.asyncIterator]()
      // What the call does is a part of its span, though others have the word between two of its events.
      const next = scope && span ? () => runIn({ ...scope, span }, () => events.next()) : () => events.next()
      let outcome: LabelValue<'call_outcome'> = 'left'
      try {
        for (let one = await next(); !one.done; one = await next()) {
          const event = one.value
          if (event.type === 'usage') spend(event, span)
          if (event.type === 'stop') {
            outcome = event.reason === 'aborted' ? 'left' : 'ok'
            span?.set({ 'gen_ai.response.finish_reasons': event.reason })
          }
          yield event
        }
      } catch (error) {
        outcome = outcomeOf(error, signal)
        span?.fail(isKassError(error) ? error.code : 'internal')
        throw error
      } finally {
        await events.return?.()
        callEnded(meter, model, operation, begun, outcome)
        span?.end()
      }
    },
  }
}

function usageAttributes(usage: Omit<ModelUsage, 'estimated'>): SpanAttributes {
  return {
    'gen_ai.usage.input_tokens': usage.inputTokens,
    'gen_ai.usage.output_tokens': usage.outputTokens,
    'gen_ai.usage.cache_read.input_tokens': usage.cacheReadTokens,
    'gen_ai.usage.cache_creation.input_tokens': usage.cacheWriteTokens,
    'kass.cost_usd': usage.costUsd,
  }
}
