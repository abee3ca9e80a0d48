import {
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
  type ConverseStreamOutput,
} from '@aws-sdk/client-bedrock-runtime'
import { KassError } from '../../errors.ts'
import { type ChatModel, type ModelUsage, refuseTools } from '../../ports/chat-model.ts'
import { countTokens } from '../../text/tokens.ts'
import type { Held } from '../upstream-guard.ts'
import { withoutRefused } from '../without-refused.ts'
import { type Answer, asStream, createAnswer } from './answer.ts'
import { type Call, callError, createCall, place } from './call.ts'
import { defaults } from './catalogue.ts'
import type { Bedrock } from './client.ts'
import { costUsd } from './cost.ts'
import { type Model, resolveModel } from './model-id.ts'
import { converseInput, estimateInput, type Guardrail, optionalParts } from './request.ts'

export interface BedrockChatOptions {
  bedrock: Bedrock
  /** An id, an inference profile or an ARN; the catalogue's default for the role when empty. */
  model: string
  role: 'strong' | 'fast'
  guardrail?: Guardrail
  /** Streamed or in one piece; as the catalogue says when left out. */
  streaming?: boolean
  /** Told what whoever runs this should know about the model. */
  warn(message: string): void
}

/** How long figures are waited for when an answer is complete. */
const figuresMs = 1_000

/** A chat model of Bedrock, by ConverseStream, or by Converse where the model does not stream. */
export function createBedrockChat(options: BedrockChatOptions): ChatModel {
  const { bedrock, guardrail, warn } = options
  const model = resolveModel(options.model || defaults[options.role], bedrock.region)
  for (const warning of model.warnings) warn(warning)
  const { supports, context } = model.entry
  const streaming = options.streaming ?? supports.streaming
  /** Parts of a request that the model is known to refuse. */
  const refused = new Set<string>()
  let told = 0

  const open = async (input: ConverseCommandInput, call: Call): Promise<AsyncIterable<ConverseStreamOutput>> => {
    const { client } = bedrock
    if (!streaming) return asStream(await client.send(new ConverseCommand(input), { abortSignal: call.signal }))
    // What a guardrail holds back must not have been shown: it reads before the caller does.
    const held = input.guardrailConfig && {
      guardrailConfig: { ...input.guardrailConfig, streamProcessingMode: 'sync' as const },
    }
    const command = new ConverseStreamCommand({ ...input, ...held })
    const { stream } = await client.send(command, { abortSignal: call.signal })
    if (!stream) throw new KassError('model_failed', { detail: 'The model answered without a stream.' })
    return stream
  }

  return {
    id: model.name,
    generates: true,
    usesTools: supports.tools,
    contextTokens: context,
    async *converse(request, caller) {
      if (!supports.tools) refuseTools(model.name, request)
      const answer = createAnswer()
      let said = ''
      let sent = false
      if (!caller.aborted) {
        const call = createCall(bedrock.timeoutMs, caller)
        let held: Held<AsyncIterable<ConverseStreamOutput>> | undefined
        let failure: unknown
        let whole = false
        try {
          held = await place(bedrock, model, call, () => {
            sent = true
            return withoutRefused(refused, optionalParts, async (leftOut) => {
              const known = leftOut.size
              const stream = await open(converseInput(model, request, { guardrail, leftOut }), call)
              if (known > told) warn(`The model "${model.name}" is asked without: ${[...leftOut].join(', ')}.`)
              told = known
              return stream
            })
          })
          let left = false
          for await (const event of listened(held.value, call, answer)) {
            for (const given of answer.take(event)) {
              if (given.type === 'text') said += given.text
              if (given.type === 'toolUse') said += JSON.stringify(given.input)
              yield given
            }
            left = caller.aborted
            if (left) break
          }
          whole = !left
          if (whole && answer.reason === undefined) {
            throw new KassError('model_failed', { detail: 'The model ended without saying that it had finished.' })
          }
        } catch (error) {
          // What breaks after the last word has cost nothing but the figures.
          if (answer.reason === undefined && !caller.aborted) {
            failure = callError(error, call, held !== undefined)
            throw failure
          }
        } finally {
          call.leave(whole)
          held?.release(failure)
        }
      }
      const estimate = () => (sent ? estimateInput(converseInput(model, request)) : 0)
      const aborted = caller.aborted && answer.reason === undefined
      yield { type: 'usage', ...usageOf(model, answer, said, estimate) }
      yield { type: 'stop', reason: aborted ? 'aborted' : (answer.reason ?? 'end') }
    },
  }
}

/** The events of a stream, each waited for no longer than the model may be silent. */
async function* listened(
  stream: AsyncIterable<ConverseStreamOutput>,
  call: Call,
  answer: Answer,
): AsyncGenerator<ConverseStreamOutput> {
  const events = stream[Symbol.asyncIterator]()
  for (;;) {
    call.listen(answer.reason === undefined ? undefined : figuresMs)
    const next = await events.next()
    call.rest()
    if (next.done) return
    yield next.value
  }
}

function usageOf(model: Model, answer: Answer, said: string, estimate: () => number): ModelUsage {
  const { inputTokens, outputTokens, cacheReadInputTokens: read, cacheWriteInputTokens: written } = answer.usage ?? {}
  const usage =
    inputTokens === undefined || outputTokens === undefined
      ? { inputTokens: estimate(), outputTokens: countTokens(said), estimated: true }
      : {
          // Converse counts what came from a cache, or went into it, apart.
          inputTokens: inputTokens + (read ?? 0) + (written ?? 0),
          outputTokens,
          ...(read !== undefined && { cacheReadTokens: read }),
          ...(written !== undefined && { cacheWriteTokens: written }),
          estimated: false,
        }
  const cost = costUsd(model, usage)
  return { ...usage, ...(cost !== undefined && { costUsd: cost }) }
}
