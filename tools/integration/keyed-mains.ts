import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { loadConfig } from '../../shared/config.ts'
import { createLogger } from '../../shared/logger.ts'
import { freshResources } from '../../test/stack/resources.ts'
import { startTwoMains } from '../../test/stack/two-mains.ts'
import { provision } from '../provision.ts'

const kass = join(import.meta.dirname, '../kass.ts')

/** Service and worker as separate processes that ask for keys, as a deployment is met from outside: an address and a key. */
export async function startKeyedMains(): Promise<{ env: Record<string, string>; end(): Promise<void> }> {
  const settings = { ...freshResources(), AUTH: 'keys', LEASE_MS: '1000', SWEEP_EVERY_MS: '300' }
  await provision(loadConfig(settings), { logger: createLogger({ level: 'error', name: 'provision' }) })
  const mains = await startTwoMains(settings)
  const command = ['keys', 'create', '--name', 'end-to-end', '--json']
  const { stdout } = await promisify(execFile)(process.execPath, [kass, ...command], {
    env: { ...process.env, ...settings },
  })
  return { env: { API_URL: mains.url, API_KEY: JSON.parse(stdout).key }, end: () => mains.stop() }
}
