import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Test } from 'tap'
import { loadConfig } from '../../../shared/config.ts'
import { createLogger } from '../../../shared/logger.ts'
import type { Ports } from '../../../shared/ports/ports.ts'
import { wire } from '../../../shared/wire.ts'
import { type CompareReport, compare } from '../../../worker/compare.ts'
import { createWorkerDeps, runWorker } from '../../../worker/run.ts'
import { makeBackup } from '../make.ts'

const logger = createLogger({ level: 'silent', name: 'test' })
export const never = new AbortController().signal

/** A folder for data and archives, removed when the test ends. */
export function room(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'kass-backup-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const configOf = (data: string) =>
  loadConfig({ KASS_DATA: data, SWEEP_EVERY_MS: '100', COMPARE_EVERY_MS: '0', OBJECT_REVISIONS: '1' })

export interface Running {
  ports: Ports
  put(path: string, text: string): Promise<void>
  /** Resolves when no job waits and every document that there is has been processed. */
  settled(): Promise<void>
  stop(): Promise<void>
}

/** A worker on a data folder, and the ports to use it by. */
export async function running(t: Test, data: string): Promise<Running> {
  const config = configOf(data)
  const [service, worker] = await Promise.all([
    wire(config, { logger, role: 'service' }),
    wire(config, { logger, role: 'worker' }),
  ])
  const stopping = new AbortController()
  const done = runWorker({ config, ports: worker.ports, logger }, stopping.signal)
  let stopped: Promise<void> | undefined
  const stop = () => {
    stopping.abort()
    stopped ??= done.then(async () => {
      await service.close()
      await worker.close()
    })
    return stopped
  }
  t.teardown(stop)
  const { ports } = service
  return {
    ports,
    async put(path, text) {
      const staged = await ports.objects.stage(Readable.from([text]), { maxBytes: 1e6 })
      const head = await staged.commit({ tenant: 'default', path }, { contentType: 'text/markdown' })
      await ports.documents.observe(head)
    },
    async settled() {
      for (;;) {
        const { visible, held } = await ports.queue.depth()
        const { ready = 0, gone = 0, ...others } = await ports.documents.counts('default')
        if (visible + held === 0 && ready + gone > 0 && Object.keys(others).length === 0) return
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
    stop,
  }
}

/** What a comparison of objects, records and index says of a data folder that nobody works on. */
export async function comparisonOf(data: string): Promise<CompareReport> {
  const config = configOf(data)
  const { ports, close } = await wire(config, { logger, role: 'tool' })
  const deps = createWorkerDeps({ config, ports, logger })
  try {
    const report = await compare(deps)
    if (!report) throw new Error('somebody else compares')
    return report
  } finally {
    await deps.extractor.close()
    await close()
  }
}

/** A small installation with three documents, and a backup of it. */
export async function backedUp(t: Test, name = 'b.tar'): Promise<{ data: string; file: string; folder: string }> {
  const folder = room(t)
  const data = join(folder, 'data')
  const kass = await running(t, data)
  for (const path of ['a.md', 'b.md', 'c.md']) await kass.put(path, `# ${path}\n\nThe word is quokka-${path[0]}.\n`)
  await kass.settled()
  await kass.ports.derived.put('traces/1.json', '{}')
  await kass.stop()
  const file = join(folder, name)
  await makeBackup(data, file, never)
  return { data, file, folder }
}

/** Everything below a folder, to see that nothing changed. */
export const everythingIn = (folder: string): string[] => readdirSync(folder, { recursive: true }).map(String).sort()
