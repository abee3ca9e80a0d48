import { type Config, ConfigError, loadConfig } from '../../shared/config.ts'
import { createLogger } from '../../shared/logger.ts'
import type { Ports } from '../../shared/ports/ports.ts'
import type { Context } from './context.ts'
import { Failure } from './failure.ts'

/** For commands that work on the data itself, without a server. */
export interface Local {
  config: Config
  ports: Ports
}

/**
 * Opens the data that the environment's settings name, for the time of `work`.
 * @throws Failure invalid_config
 */
export async function withLocal<T>(context: Context, work: (local: Local) => Promise<T>): Promise<T> {
  let config: Config
  try {
    config = loadConfig(context.env)
  } catch (error) {
    if (error instanceof ConfigError) throw new Failure('invalid_config', error.message, { faults: error.faults })
    throw error
  }
  // What reaches every adapter takes its time to load, which the commands over HTTP are spared.
  const { wire } = await import('../../shared/wire.ts')
  const logger = createLogger({ level: 'silent', name: 'kass' })
  const { ports, close } = await wire(config, { logger, role: 'tool' })
  try {
    return await work({ config, ports })
  } finally {
    await close()
  }
}
