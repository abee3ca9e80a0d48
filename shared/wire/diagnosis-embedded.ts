import { join } from 'node:path'
import { diskCheck } from '../adapters/filesystem/diagnose.ts'
import { indexFileCheck } from '../adapters/memory-index/diagnose.ts'
import { databaseCheck, deadJobsCheck, whyDatabaseStaysClosed } from '../adapters/sqlite/diagnose.ts'
import type { Config } from '../config.ts'
import type { Diagnosis } from '../ports/diagnosis.ts'
import { dimensionsOf } from './opensearch-options.ts'

/** What a disk must have left: a few documents of the largest size, in several revisions, and their index. */
export const leastFree = (config: Pick<Config, 'MAX_UPLOAD_BYTES'>): number =>
  Math.max(512 * 1024 * 1024, 4 * config.MAX_UPLOAD_BYTES)

/** The one folder. */
export function diagnoseEmbedded(config: Config): Diagnosis {
  const folder = config.KASS_DATA
  return {
    checks: [
      diskCheck({ folder, setting: 'KASS_DATA', leastBytes: leastFree(config) }),
      databaseCheck(folder),
      deadJobsCheck(folder),
      indexFileCheck(join(folder, 'index.db'), dimensionsOf(config)[0]),
    ],
    clocks: [],
    whyClosed: async () => whyDatabaseStaysClosed(folder),
    close() {},
  }
}
