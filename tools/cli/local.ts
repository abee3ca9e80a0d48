import { holdsData } from '../../shared/adapters/filesystem/data-folder.ts'
import { type Config, ConfigError, loadConfig } from '../../shared/config.ts'
import { createLogger } from '../../shared/logger.ts'
import type { Ports } from '../../shared/ports/ports.ts'
import type { Context } from './context.ts'
import { dataOf } from './data-of.ts'
import { Failure } from './failure.ts'

/** For commands that work on the data itself, without a server. */
export interface Local {
  config: Config
  ports: Ports
}

/**
 * Opens the data that the environment's settings name, for the time of `work`, and says which that is.
 * @param options `make`: a folder that holds no data yet becomes the one that the server will use
 * @throws Failure invalid_config, no_data
 */
export async function withLocal<T>(
  context: Context,
  work: (local: Local) => Promise<T>,
  options: { make?: boolean } = {},
): Promise<T> {
  let config: Config
  try {
    config = loadConfig(context.env)
  } catch (error) {
    if (error instanceof ConfigError) throw new Failure('invalid_config', error.message, { faults: error.faults })
    throw error
  }
  if (config.STORAGE === 'embedded' && !options.make && !holdsData(config.KASS_DATA)) {
    const detail = 'Start KASS once with "npm start", or set KASS_DATA to the folder that it uses.'
    throw new Failure('no_data', `There is no data of KASS in ${config.KASS_DATA}. ${detail}`)
  }
  context.note(`Data: ${dataOf(config)}`)
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
