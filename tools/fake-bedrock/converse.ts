import type { Operation } from './control.ts'
import { createStream, type Exchange, writeWhole } from './exchange.ts'
import type { Part, StopReason } from './reply.ts'
import type { InputUsage } from './usage.ts'

/** What an answer used up; `outputTokens` are those that were made until the client went away. */
export interface Output {
  outputTokens: number
  reason: StopReason | undefined
}

/** Writes the answer of a model as Converse or ConverseStream has it. */
export async function writeConverse(
  operation: Operation,
  exchange: Exchange,
  parts: AsyncIterable<Part>,
  input: InputUsage,
  begun: number,
): Promise<Output> {
  const usage = (outputTokens: number) => ({
    usage: {
      inputTokens: input.input,
      outputTokens,
      totalTokens: input.input + input.cacheRead + input.cacheWrite + outputTokens,
      cacheReadInputTokens: input.cacheRead,
      cacheWriteInputTokens: input.cacheWrite,
    },
    metrics: { latencyMs: Math.round(performance.now() - begun) },
  })
  return operation === 'ConverseStream' ? await streamed(exchange, parts, usage) : await whole(exchange, parts, usage)
}

type UsageOf = (outputTokens: number) => object

async function whole(exchange: Exchange, parts: AsyncIterable<Part>, usage: UsageOf): Promise<Output> {
  const content: object[] = []
  let reasoning = ''
  let text = ''
  let use: { id: string; name: string; json: string } | undefined
  let outputTokens = 0
  let stopReason: StopReason = 'end_turn'
  const close = () => {
    if (reasoning !== '') content.push({ reasoningContent: { reasoningText: { text: reasoning } } })
    if (text !== '') content.push({ text })
    if (use) content.push({ toolUse: { toolUseId: use.id, name: use.name, input: inputOf(use.json) } })
    reasoning = ''
    text = ''
    use = undefined
  }
  for await (const part of parts) {
    if (part.type === 'reasoning') reasoning += part.text
    else if (part.type === 'text') text += part.text
    else if (part.type === 'input' && use) use.json += part.json
    else close()
    if (part.type === 'toolUse') use = { id: part.id, name: part.name, json: '' }
    if (part.type === 'stop') stopReason = part.reason
    if (part.type !== 'toolUse' && part.type !== 'stop') outputTokens++
  }
  const message = { role: 'assistant', content }
  await writeWhole(exchange, {}, { output: { message }, stopReason, ...usage(outputTokens) })
  return { outputTokens, reason: stopReason }
}

/** The input of a tool; what `maxTokens` cut off is no JSON any more, and the service leaves out what it can't read. */
function inputOf(json: string): unknown {
  try {
    return JSON.parse(json === '' ? '{}' : json)
  } catch {
    return {}
  }
}

async function streamed(exchange: Exchange, parts: AsyncIterable<Part>, usage: UsageOf): Promise<Output> {
  const { response, fault } = exchange
  response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' })
  const stream = createStream(exchange)
  let outputTokens = 0
  let block = -1
  let open: 'reasoning' | 'text' | 'tool' | undefined
  const close = async () => {
    if (open !== undefined) await stream.write('contentBlockStop', { contentBlockIndex: block })
    open = undefined
  }
  const delta = async (given: object) => {
    outputTokens++
    return await stream.write('contentBlockDelta', { contentBlockIndex: block, delta: given }, true)
  }
  await stream.write('messageStart', { role: 'assistant' })
  for await (const part of parts) {
    let going = true
    if (part.type === 'text' || part.type === 'reasoning') {
      if (open !== part.type) {
        await close()
        // Blocks of text begin without an event of their own.
        block++
        open = part.type
      }
      going = await delta(part.type === 'text' ? { text: part.text } : { reasoningContent: { text: part.text } })
    } else if (part.type === 'toolUse') {
      await close()
      block++
      open = 'tool'
      const start = { toolUse: { toolUseId: part.id, name: part.name } }
      going = await stream.write('contentBlockStart', { contentBlockIndex: block, start })
    } else if (part.type === 'input') {
      going = await delta({ toolUse: { input: part.json } })
    } else {
      await close()
      if (!(await stream.write('messageStop', { stopReason: part.reason }))) return { outputTokens, reason: undefined }
      if (!fault.withoutUsage) await stream.write('metadata', usage(outputTokens))
      response.end()
      return { outputTokens, reason: part.reason }
    }
    if (!going) return { outputTokens, reason: undefined }
  }
  return { outputTokens, reason: undefined }
}
