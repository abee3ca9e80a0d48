import type { ConverseCommandOutput, ConverseStreamOutput, TokenUsage } from '@aws-sdk/client-bedrock-runtime'
import { KassError } from '../../errors.ts'
import type { ConverseEvent, StopReason, ToolUse } from '../../ports/chat-model.ts'

/** What one answer has said so far. */
export interface Answer {
  /**
   * Takes one event of the stream and gives what it completes.
   * @throws KassError model_failed
   */
  take(event: ConverseStreamOutput): ConverseEvent[]
  usage: TokenUsage | undefined
  /** Known from the model's own end on; only figures follow it. */
  reason: StopReason | undefined
}

const reasons: Readonly<Record<string, StopReason>> = {
  max_tokens: 'max_tokens',
  model_context_window_exceeded: 'max_tokens',
  tool_use: 'tool_use',
  guardrail_intervened: 'content_filter',
  content_filtered: 'content_filter',
  refusal: 'content_filter',
}

/** Reads the events of ConverseStream. Reasoning is no part of an answer and is left out. */
export function createAnswer(): Answer {
  let asking: { id: string; name: string; json: string } | undefined
  let cut = false

  const answer: Answer = {
    usage: undefined,
    reason: undefined,
    take(event) {
      if (event.contentBlockStart) {
        const use = event.contentBlockStart.start?.toolUse
        asking = use && { id: use.toolUseId ?? '', name: use.name ?? '', json: '' }
      } else if (event.contentBlockDelta) {
        const { text, toolUse } = event.contentBlockDelta.delta ?? {}
        if (asking) asking.json += toolUse?.input ?? ''
        return text === undefined || text === '' ? [] : [{ type: 'text', text }]
      } else if (event.contentBlockStop && asking) {
        const use = toolUse(asking)
        asking = undefined
        if (use) return [{ type: 'toolUse', ...use }]
        cut = true
      } else if (event.messageStop) {
        const reason = stopReason(event.messageStop.stopReason)
        // Only an answer that was cut at its longest may end in the middle of a tool's input.
        if (cut && reason !== 'max_tokens') throw malformed('the input of a tool that is not a JSON object')
        answer.reason = reason
      } else if (event.metadata?.usage) {
        answer.usage = event.metadata.usage
      }
      return []
    },
  }
  return answer
}

function stopReason(reason: string | undefined): StopReason {
  if (reason === 'malformed_model_output' || reason === 'malformed_tool_use') throw malformed(reason)
  return reasons[reason ?? ''] ?? 'end'
}

function toolUse({ id, name, json }: { id: string; name: string; json: string }): ToolUse | undefined {
  try {
    const input: unknown = json.trim() === '' ? {} : JSON.parse(json)
    return isObject(input) ? { id, name, input } : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function malformed(what: string): KassError {
  return new KassError('model_failed', { detail: `The model's answer held ${what}.` })
}

/** An answer that came in one piece, as the events that it would have been streamed in. */
export async function* asStream(output: ConverseCommandOutput): AsyncGenerator<ConverseStreamOutput> {
  for (const [contentBlockIndex, block] of (output.output?.message?.content ?? []).entries()) {
    if (block.text !== undefined) yield { contentBlockDelta: { contentBlockIndex, delta: { text: block.text } } }
    if (block.toolUse) {
      const { toolUseId, name, input } = block.toolUse
      yield { contentBlockStart: { contentBlockIndex, start: { toolUse: { toolUseId, name } } } }
      yield { contentBlockDelta: { contentBlockIndex, delta: { toolUse: { input: JSON.stringify(input ?? {}) } } } }
      yield { contentBlockStop: { contentBlockIndex } }
    }
  }
  if (output.stopReason !== undefined) yield { messageStop: { stopReason: output.stopReason } }
  if (output.usage) yield { metadata: { usage: output.usage, metrics: output.metrics } }
}
