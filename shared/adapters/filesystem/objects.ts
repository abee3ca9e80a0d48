import { mkdirSync } from 'node:fs'
import { open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { DocumentRef } from '../../documents/document.ts'
import { documentId } from '../../documents/identity.ts'
import type { ObjectStore, StagedObject } from '../../ports/object-store.ts'
import { ulid } from '../../ulid.ts'
import type { Database } from '../sqlite/database.ts'
import type { Outbox } from '../sqlite/queue.ts'
import { abandonedMs, openStaging, type StagedFile, stageFile } from '../staging.ts'
import { isMissing } from './missing.ts'
import { createObjectRows } from './object-rows.ts'
import { createUploadAddresses } from './presigned.ts'

export interface FilesystemObjectsOptions {
  folder: string
  /** Holds the rows, and the queue's messages: both are written in one transaction. */
  db: Database
  queue: Outbox
  /** How many revisions of an object are kept. */
  keepRevisions: number
  clock?: () => number
}

export interface FilesystemObjects extends ObjectStore {
  /** What was touched within `olderThanMs` (an hour) may belong to an upload that is being committed, and stays. */
  collectGarbage(options?: { olderThanMs?: number }): Promise<{ removed: number; kept: number }>
}

/** More files without a row than this, and more than this share of all, are not removed. */
const mostLeftovers = { count: 20, share: 0.05 }

/** Objects as files; a revision exists when its row does, and its job is written with the row. */
export function createFilesystemObjects(options: FilesystemObjectsOptions): FilesystemObjects {
  const { db, queue, keepRevisions, clock = Date.now } = options
  const staging = join(options.folder, 'staging')
  const stored = join(options.folder, 'stored')
  const rows = createObjectRows(db)
  const addresses = createUploadAddresses(db, clock)
  const folders = new Set<string>()
  openStaging(staging)
  mkdirSync(stored, { recursive: true })

  const placeOf = (file: string) => join(stored, file)
  const forget = (file: string) => rm(placeOf(file), { force: true })

  /** A name that we make, in one of 1,024 folders: nothing of the path is in it. */
  function newFile(ref: DocumentRef): string {
    const id = documentId(ref)
    const folder = id.slice(4, 6)
    if (!folders.has(folder)) mkdirSync(placeOf(folder), { recursive: true })
    folders.add(folder)
    return `${folder}/${id}.${ulid()}`
  }

  async function commit(staged: StagedFile, ref: DocumentRef, about: Parameters<StagedObject['commit']>[1]) {
    const { tenant, path } = ref
    const { size, sha256 } = staged
    const file = newFile(ref)
    try {
      await rename(staged.file, placeOf(file))
      const { head, surplus } = db.transaction(() => {
        const added = rows.add({ tenant, path, size, sha256, file, ...about }, clock(), keepRevisions)
        queue.enqueue({ kind: 'reconcile', tenant, path })
        return added
      })
      queue.wake()
      // It is committed whatever becomes of the old files; what stays of them is garbage, and collected.
      await Promise.allSettled(surplus.map(forget))
      return head
    } catch (error) {
      await rm(staged.file, { force: true })
      await forget(file)
      throw error
    }
  }

  return {
    async stage(body, { maxBytes }) {
      const staged = await stageFile(staging, body, maxBytes)
      const { size, sha256, prefix } = staged
      let open = true
      return {
        size,
        sha256,
        prefix,
        async commit(ref, about) {
          if (!open) throw new Error('these bytes were committed or discarded already')
          open = false
          return commit(staged, ref, about)
        },
        async discard() {
          if (open) await rm(staged.file, { force: true })
          open = false
        },
      }
    },
    presign: async (ref, announced) => addresses.presign(ref, announced),
    admit: async (request) => addresses.admit(request),
    async head(ref) {
      return rows.head(ref)
    },
    async get(ref, revision) {
      const file = rows.file(ref, revision)
      if (file === undefined) return undefined
      try {
        const handle = await open(placeOf(file))
        return handle.createReadStream()
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
    async revisions(ref) {
      return rows.revisions(ref)
    },
    async remove(ref, revision) {
      const { tenant, path } = ref
      const file = rows.file(ref, revision)
      if (file === undefined) return
      // The bytes first: while the row is there the removal is not done, whatever ends it in between.
      await forget(file)
      db.transaction(() => {
        if (rows.head(ref)?.revision === revision) queue.enqueue({ kind: 'reconcile', tenant, path })
        rows.remove(ref, revision)
      })
      queue.wake()
    },
    async *list() {
      let after: DocumentRef = { tenant: '', path: '' }
      while (true) {
        const heads = rows.listAfter(after)
        yield* heads
        const last = heads.at(-1)
        if (!last) return
        after = last
      }
    },
    async collectGarbage({ olderThanMs = abandonedMs } = {}) {
      const nameless: string[] = []
      let files = 0
      for (const folder of await readdir(stored)) {
        for (const name of await readdir(placeOf(folder))) {
          files++
          const file = `${folder}/${name}`
          if (rows.isKnown(file)) continue
          // The time of the last rename: what an upload is committing at this moment has no row yet.
          const { ctimeMs } = await stat(placeOf(file))
          if (Date.now() - ctimeMs >= olderThanMs) nameless.push(file)
        }
      }
      // So many are no leftovers of crashes: the rows are lost, or are those of another day.
      const suspicious = nameless.length > mostLeftovers.count && nameless.length > mostLeftovers.share * files
      if (suspicious) return { removed: 0, kept: nameless.length }
      for (const file of nameless) await forget(file)
      return { removed: nameless.length, kept: 0 }
    },
  }
}
