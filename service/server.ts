import { loadConfig, secretsOf } from '../shared/config.ts'
import { createLogger } from '../shared/logger.ts'
import { createRetriever } from '../shared/retrieval/retriever.ts'
import { runMain } from '../shared/run-main.ts'
import { startTelemetry } from '../shared/telemetry/telemetry.ts'
import { wire } from '../shared/wire.ts'
import { buildApp } from './app.ts'
import { createChat } from './chat/chat.ts'

/** Beyond the time for finishing, what closing itself may take before the process ends anyway. */
const closingMs = 5_000

/** The API as a process: it listens until it is told to stop (a signal, or the end of its supervisor). */
async function main(): Promise<void> {
  const config = loadConfig(process.env)
  const logger = createLogger({ level: config.LOG_LEVEL, name: 'api', secrets: secretsOf(config) })
  const telemetry = await startTelemetry(config, { process: 'api', logger })
  const { ports, close } = await wire(config, { logger, telemetry, role: 'service' })
  const { meter } = telemetry
  const { documents, index, embedder, reranker } = ports
  const rerank = reranker && { reranker, depth: config.RERANK_DEPTH, timeoutMs: config.RERANK_TIMEOUT_MS }
  const retriever = createRetriever({ documents, index, embedder, rerank, depth: config.SEARCH_DEPTH, logger, meter })
  const chat = createChat({ config, ports, retriever, logger, meter })
  const app = await buildApp({ config, ports, retriever, chat, logger, telemetry })

  let stopping = false
  async function stop(why: string): Promise<void> {
    stopping = true
    logger.info({ why }, 'api stops')
    setTimeout(() => process.exit(1), config.DRAIN_MS + closingMs).unref()
    await app.drain(config.DRAIN_MS)
    await chat.idle()
    await telemetry.close()
    await close()
    logger.info('api stopped')
    process.exit(0)
  }
  const end = (error: unknown) => {
    logger.error({ err: error }, 'api could not stop in order')
    process.exit(1)
  }
  const onSignal = (signal: string) => {
    if (stopping) process.exit(1)
    stop(signal).catch(end)
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  process.on('disconnect', () => {
    if (!stopping) stop('the supervisor is gone').catch(end)
  })

  const url = await app.listen({ host: config.HOST, port: config.PORT })
  logger.info({ url, auth: config.AUTH, model: ports.chat.id, embedder: config.EMBEDDER }, 'api listens')
  process.send?.({ type: 'listening', url })
  void ports.tokens?.prepare()
}

runMain(main)
