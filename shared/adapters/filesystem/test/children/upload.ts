/** Uploads one document after the other, four at a time, and says so after each, until it is killed. */
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { createSqliteQueue } from '../../../sqlite/queue.ts'
import { openStateDatabase } from '../../../sqlite/state.ts'
import { createFilesystemObjects } from '../../objects.ts'

const [folder = '', round = ''] = process.argv.slice(2)
const db = openStateDatabase(join(folder, 'kass.db'))
const queue = createSqliteQueue(db, { visibilityMs: 1000, maxReceives: 3 })
const objects = createFilesystemObjects({ folder: join(folder, 'objects'), db, queue, keepRevisions: 3 })

async function uploadForever(lane: number): Promise<never> {
  for (let n = 0; ; n++) {
    const body = Readable.from([Buffer.alloc(20_000, 'x'), Buffer.alloc(n, 'y')])
    const staged = await objects.stage(body, { maxBytes: 1_000_000 })
    const path = `${round}/${lane}/${n}.md`
    await staged.commit({ tenant: 'acme', path }, { contentType: 'text/markdown' })
    process.stdout.write(`${path}\n`)
  }
}

await Promise.all([1, 2, 3, 4].map(uploadForever))
