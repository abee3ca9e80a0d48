import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../../shared/config.ts'
import { createLogger } from '../../shared/logger.ts'
import { wire } from '../../shared/wire.ts'

/** The tests of the worker run on the embedded storage, and with KASS_TEST_STORAGE=aws on the AWS adapters. */
export const onAws = process.env.KASS_TEST_STORAGE === 'aws'

const logger = createLogger({ level: 'silent', name: 'test' })

export interface TestStorage {
  /** The settings that name it. */
  env: Record<string, string>
  remove(): Promise<void>
}

/** An empty storage that nobody else uses. */
export async function freshStorage(): Promise<TestStorage> {
  const folder = mkdtempSync(join(tmpdir(), 'kass-worker-'))
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  if (!onAws) return { env: { KASS_DATA: folder }, remove: async () => removeFolder() }
  const { freshResources } = await import('../../test/stack/resources.ts')
  const { provision } = await import('../../tools/provision.ts')
  const resources = freshResources()
  await provision(loadConfig(resources), { logger })
  return {
    env: { KASS_DATA: folder, ...resources },
    async remove() {
      removeFolder()
      // One node holds so many shards; the rest ends with its emulator.
      await fetch(`${resources.OPENSEARCH_URL}/${resources.OPENSEARCH_INDEX}`, { method: 'DELETE' })
    },
  }
}

/** Ports on an empty storage, with a clock that the test moves. */
export async function openPorts(clock: () => number) {
  const storage = await freshStorage()
  const { ports, close } = await wire(loadConfig(storage.env), { logger, role: 'tool', clock })
  return {
    ports,
    async close() {
      await close()
      await storage.remove()
    },
  }
}
