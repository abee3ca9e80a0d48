import { loadConfig } from '../../shared/config.ts'
import { createLogger } from '../../shared/logger.ts'
import { freshResources } from '../../test/stack/resources.ts'
import { provision } from '../provision.ts'
import { startStack } from '../stack/start-stack.ts'

export interface Storage {
  /** What it is, for the report. */
  about: string
  /** Makes an empty one and gives the settings that name it. */
  fresh(): Promise<Record<string, string>>
  close(): Promise<void>
}

/**
 * What the servers under measurement keep everything in: the embedded storage, or the AWS adapters on real counterparts
 * that are started for the bench.
 */
export async function openStorage(name: string, say: (text: string) => void): Promise<Storage> {
  if (name === 'embedded') return { about: 'embedded storage', fresh: async () => ({}), close: async () => {} }
  if (name !== 'aws') throw new Error(`--storage is embedded or aws, not ${name}`)
  const stack = await startStack({ parts: ['ministack', 'opensearch'], say })
  Object.assign(process.env, stack.env)
  const logger = createLogger({ level: 'error', name: 'bench' })
  return {
    about: `AWS adapters on ${stack.versions.ministack} and ${stack.versions.opensearch}, all on this machine`,
    async fresh() {
      const settings = freshResources()
      await provision(loadConfig(settings), { logger })
      return settings
    },
    close: () => stack.stop(),
  }
}
