/**
 * A worker that kills itself with SIGKILL when it comes to a step of `reconcile` for the n-th time:
 *   node worker/test/killed-main.ts <step> <n>
 * It is the worker's own loop on the data folder of the environment, with nothing between the step and the end.
 */
import { loadConfig } from '../../shared/config.ts'
import { createLogger } from '../../shared/logger.ts'
import { wire } from '../../shared/wire.ts'
import { runWorker } from '../run.ts'

const [step, times] = process.argv.slice(2)
const config = loadConfig(process.env)
const logger = createLogger({ level: config.LOG_LEVEL, name: 'worker' })
const { ports } = await wire(config, { logger, role: 'worker' })
let seen = 0
await runWorker(
  {
    config,
    ports,
    logger,
    at(point) {
      if (point === step && ++seen === Number(times)) process.kill(process.pid, 'SIGKILL')
    },
  },
  new AbortController().signal,
)
