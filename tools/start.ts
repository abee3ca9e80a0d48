/** `npm start`: the API and the worker on one data folder, watched, and ended together. */
import { join } from 'node:path'
import { recoverEmbedded } from '../shared/adapters/sqlite/recover.ts'
import { ConfigError, loadConfig } from '../shared/config.ts'
import { DataFolderBusy, lockDataFolder } from './start/data-lock.ts'
import { run } from './start/run.ts'

const root = join(import.meta.dirname, '..')

try {
  const config = loadConfig(process.env)
  process.exitCode = await run({
    config,
    lock: lockDataFolder(config.KASS_DATA),
    scripts: { api: join(root, 'service/server.ts'), worker: join(root, 'worker/main.ts') },
    // Elsewhere the leases of a run before end by themselves: other workers may hold them.
    recover: () => (config.STORAGE === 'embedded' ? recoverEmbedded(config) : undefined),
    began: performance.timeOrigin,
    terminal: process.stdout.isTTY === true,
  })
} catch (error) {
  const known = error instanceof ConfigError || error instanceof DataFolderBusy
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`${known ? message : `KASS cannot start: ${message}`}\n`)
  process.exitCode = 1
}
