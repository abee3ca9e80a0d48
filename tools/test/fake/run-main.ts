/** `run` with two stand-ins: `node run-main.ts <data folder> [late]`. */
import { once } from 'node:events'
import { join } from 'node:path'
import { loadConfig } from '../../../shared/config.ts'
import { lockDataFolder } from '../../start/data-lock.ts'
import { run } from '../../start/run.ts'

const config = loadConfig({ KASS_DATA: process.argv[2], PORT: '0', DRAIN_MS: '1000' })
const child = (name: string) => join(import.meta.dirname, `${name}.ts`)
try {
  process.exitCode = await run({
    config,
    lock: lockDataFolder(config.KASS_DATA),
    scripts: { api: child('api-child'), worker: child('worker-child') },
    // The stand-in serves nothing: it is ready at once, or on a signal.
    ready: async (_url, _signal, waiting) => {
      if (process.argv[3] !== 'late') return
      waiting(['index'])
      await once(process, 'SIGUSR2')
    },
    recover: () => void process.stderr.write('recovered\n'),
    began: performance.timeOrigin,
    terminal: false,
  })
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
