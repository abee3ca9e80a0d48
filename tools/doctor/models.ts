import type { Config } from '../../shared/config.ts'
import { isKassError } from '../../shared/errors.ts'
import type { ChatModel } from '../../shared/ports/chat-model.ts'
import { type DiagnosticCheck, type Finding, ok, problem, warning } from '../../shared/ports/diagnosis.ts'
import type { Ports } from '../../shared/ports/ports.ts'

/** What to do about what a model answers with. */
function explainModel(error: unknown, model: string, settings: string): Finding {
  if (!isKassError(error)) throw error
  const said = `${model}: ${error.message}`
  switch (error.code) {
    case 'model_throttled':
      return warning(
        `${model} is throttled${error.retryAfterMs ? `; it says to come again in ${Math.ceil(error.retryAfterMs / 1000)} s` : ''}`,
        'Wait and ask again; when it stays so, raise its quota or lower MODEL_CONCURRENCY.',
      )
    case 'model_refused':
      return problem(
        said,
        `Check the model's name and the right to use it (${settings}): is it known and enabled there?`,
      )
    case 'model_unavailable':
    case 'model_timeout':
      return problem(said, `Is the model's server up, and its address right (${settings})?`)
    default:
      return problem(said, `Look at the log of the model's server (${settings}).`)
  }
}

async function chat(model: ChatModel, settings: string, signal: AbortSignal): Promise<Finding[]> {
  if (!model.generates) return [ok(`answers are quotations (${model.id}): no model is needed`)]
  let text = ''
  const request = { system: 'Answer with one word.', sources: [], maxTokens: 16 }
  try {
    const events = model.converse({ ...request, messages: [{ role: 'user', content: 'Say yes.' }] }, signal)
    for await (const event of events) if (event.type === 'text') text += event.text
  } catch (error) {
    return [explainModel(error, model.id, settings)]
  }
  signal.throwIfAborted()
  return [
    text === '' ? warning(`${model.id} said nothing`, 'Ask it something by kass ask.') : ok(`${model.id} answers`),
  ]
}

/** One tiny call to each model that is configured. `open` gives them, however the storage is. */
export function modelChecks(
  config: Config,
  open: () => Promise<Pick<Ports, 'chat' | 'fast' | 'embedder' | 'reranker'>>,
) {
  const at =
    config.CHAT_MODEL === 'bedrock' ? 'BEDROCK_STRONG_MODEL, BEDROCK_FAST_MODEL' : 'OPENAI_URL, OPENAI_CHAT_MODEL'
  const checks: DiagnosticCheck[] = [
    { name: 'chat model', run: async (signal) => chat((await open()).chat, at, signal) },
  ]
  if (config.CHAT_MODEL === 'bedrock') {
    checks.push({
      name: 'fast model',
      async run(signal) {
        const { fast } = await open()
        return fast ? chat(fast, at, signal) : []
      },
    })
  }
  if (config.EMBEDDER !== 'none')
    checks.push({ name: 'embedder', run: async (signal) => embed(config, await open(), signal) })
  if (config.RERANKER !== 'none') checks.push({ name: 'reranker', run: async (signal) => rerank(await open(), signal) })
  return checks
}

async function embed(config: Config, { embedder }: Pick<Ports, 'embedder'>, signal: AbortSignal): Promise<Finding[]> {
  if (!embedder) return []
  const bedrock = config.EMBEDDER === 'bedrock'
  const [model, dimensions] = bedrock
    ? (['BEDROCK_EMBEDDING_MODEL', 'BEDROCK_EMBEDDING_DIMENSIONS'] as const)
    : (['OPENAI_EMBEDDING_MODEL', 'OPENAI_EMBEDDING_DIMENSIONS'] as const)
  try {
    const [vector] = await embedder.embed(['a canary'], 'query', signal)
    const wanted = config[dimensions]
    if (vector && (wanted === 0 || vector.length === wanted)) {
      return [ok(`${embedder.id} makes vectors of ${vector.length} dimensions`)]
    }
    return [
      problem(
        `${embedder.id} makes vectors of ${vector?.length ?? 0} dimensions, ${dimensions} says ${wanted}`,
        `Set ${dimensions} to what the model makes, then have all documents redone (kass compare).`,
      ),
    ]
  } catch (error) {
    return [explainModel(error, embedder.id, bedrock ? model : `OPENAI_EMBEDDINGS_URL, ${model}, ${dimensions}`)]
  }
}

async function rerank({ reranker }: Pick<Ports, 'reranker'>, signal: AbortSignal): Promise<Finding[]> {
  if (!reranker) return []
  try {
    await reranker.rerank('canary', ['a canary', 'something else'], signal)
    return [ok(`${reranker.id} answers`)]
  } catch (error) {
    return [explainModel(error, reranker.id, 'BEDROCK_RERANK_MODEL')]
  }
}
