import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'tap'
import { recoverEmbedded } from '../../shared/adapters/sqlite/recover.ts'
import { loadConfig } from '../../shared/config.ts'
import { createLogger } from '../../shared/logger.ts'
import type { Ports } from '../../shared/ports/ports.ts'
import { wire } from '../../shared/wire.ts'
import { compare } from '../compare.ts'
import type { FaultPoint } from '../deps.ts'
import { reconcile } from '../reconcile.ts'
import { createWorkerDeps } from '../run.ts'
import { freshStorage, onAws } from './storage.ts'

const ref = { tenant: 'default', path: 'handbook.md' }
const live = new AbortController().signal
const logger = createLogger({ level: 'silent', name: 'test' })

const text = (word: string) => `# Handbook\n\nThe ${word} rule holds.\n\n## More\n\nEverything else is ${word} too.\n`

async function upload(ports: Ports, word: string): Promise<void> {
  const staged = await ports.objects.stage(Readable.from([Buffer.from(text(word))]), { maxBytes: 100_000 })
  await ports.documents.observe(await staged.commit(ref, { contentType: 'text/markdown' }))
}

/** Which time each step is reached for: in the replacement of a document, or in its deletion. */
const cases: [FaultPoint, 'replace' | 'delete'][] = [
  ['claimed', 'replace'],
  ['looked', 'replace'],
  ['begun', 'replace'],
  ['chunk-put', 'replace'],
  ['all-put', 'replace'],
  ['pending', 'replace'],
  ['counted', 'replace'],
  ['activated', 'replace'],
  ['removed', 'replace'],
  ['released', 'replace'],
  ['claimed', 'delete'],
  ['looked', 'delete'],
  ['objects-purged', 'delete'],
  ['removed', 'delete'],
  ['released', 'delete'],
]

for (const [step, during] of cases) {
  test(`kill -9 of the worker at "${step}" while it is to ${during} a document costs nothing`, async (t) => {
    const storage = await freshStorage()
    const env = {
      ...storage.env,
      LEASE_MS: onAws ? '2000' : '400',
      SWEEP_EVERY_MS: '0',
      COMPARE_EVERY_MS: '0',
      LOG_LEVEL: 'silent',
    }
    const config = loadConfig(env)
    const clock = { ahead: 0 }
    const now = () => Date.now() + clock.ahead
    const { ports, close } = await wire(config, { logger, role: 'tool', clock: now })
    const worker = createWorkerDeps({ config, ports, logger, clock: now })
    t.teardown(async () => {
      await worker.extractor.close()
      await close()
      await storage.remove()
    })
    await upload(ports, 'old')
    await reconcile(worker, ref, live)
    t.match(await ports.documents.get(ref), { status: 'ready' })
    if (during === 'replace') await upload(ports, 'new')
    else await ports.documents.markDeleted(ref, (await ports.objects.head(ref))?.revision)
    await ports.queue.send({ kind: 'reconcile', ...ref })

    const child = spawn(process.execPath, [join(import.meta.dirname, 'killed-main.ts'), step, '1'], {
      env: { ...process.env, ...env },
      stdio: 'ignore',
    })
    const [, signal] = await once(child, 'exit')
    t.equal(signal, 'SIGKILL', 'it died at the step')

    if (onAws) clock.ahead += config.LEASE_MS + 1
    else recoverEmbedded(config)
    for (let i = 0; i < 4; i++) {
      await reconcile(worker, ref, live)
      clock.ahead += config.LEASE_MS + ports.index.visibilityMs + 1
    }
    const record = await ports.documents.get(ref)
    const attempts: string[] = []
    for await (const { attempt } of ports.index.attempts()) attempts.push(attempt)
    if (during === 'replace') {
      t.match(record, { status: 'ready', retired: [] })
      t.same(attempts, [record?.active?.attempt])
      const page = await ports.index.chunks(record?.active?.attempt ?? '', { limit: 10 })
      t.equal(page.items.length, record?.active?.chunks)
      t.ok(page.items.every((passage) => passage.text.includes('new')))
    } else {
      t.match(record, { status: 'gone', retired: [] })
      t.type(record?.tombstone?.receipt.chunksPurgedAt, 'number')
      t.same(attempts, [])
      t.same(await ports.objects.revisions(ref), [])
    }
    clock.ahead += 3_600_000
    t.match(await compare(worker), { disagreements: 0 })
  })
}
