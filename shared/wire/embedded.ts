import { join } from 'node:path'
import { openDataFolder } from '../adapters/filesystem/data-folder.ts'
import { createFilesystemDerived } from '../adapters/filesystem/derived.ts'
import { createFilesystemObjects } from '../adapters/filesystem/objects.ts'
import { createRoom } from '../adapters/filesystem/room.ts'
import { createMemoryIndex } from '../adapters/memory-index/index.ts'
import { createDocumentStore } from '../adapters/record-store.ts'
import { createSqliteAccess } from '../adapters/sqlite/access.ts'
import { createSqliteCache } from '../adapters/sqlite/cache.ts'
import { createSqliteConversations } from '../adapters/sqlite/conversations.ts'
import { createSqliteQueue } from '../adapters/sqlite/queue.ts'
import { createSqliteRecords } from '../adapters/sqlite/records.ts'
import { openStateDatabase } from '../adapters/sqlite/state.ts'
import type { Config } from '../config.ts'
import type { WiredStorage, WireOptions } from './types.ts'

/** One folder holds everything: SQLite, files, and the search index in a thread of its own. */
export function wireEmbedded(config: Config, { logger, role, clock = Date.now }: WireOptions): WiredStorage {
  openDataFolder(config.KASS_DATA)
  const db = openStateDatabase(join(config.KASS_DATA, 'kass.db'), { leaveCheckpoints: role === 'service' })
  const queue = createSqliteQueue(db, {
    // The lease ends first, so a message that comes back finds the document free.
    visibilityMs: 2 * config.LEASE_MS,
    maxReceives: config.QUEUE_MAX_RECEIVES,
    clock,
    onError: (error, job) => logger.error({ err: error, job: job?.kind }, 'a job failed'),
  })
  const index = createMemoryIndex({
    file: join(config.KASS_DATA, 'index.db'),
    language: config.SEARCH_LANGUAGE,
    leaveCheckpoints: role === 'service',
    onFault: (error) => logger.error({ err: error }, 'the index thread ended; it is started again'),
  })
  return {
    ports: {
      documents: createDocumentStore(createSqliteRecords(db), { clock }),
      conversations: createSqliteConversations(db),
      objects: createFilesystemObjects({
        folder: join(config.KASS_DATA, 'objects'),
        db,
        queue,
        keepRevisions: config.OBJECT_REVISIONS,
        clock,
      }),
      derived: createFilesystemDerived({ folder: join(config.KASS_DATA, 'derived') }),
      index,
      queue,
      cache: createSqliteCache(db, { clock }),
      access: createSqliteAccess(db),
      room: createRoom(join(config.KASS_DATA, `room-${process.pid}.probe`)),
    },
    async close() {
      await index.close()
      db.close()
    },
  }
}
