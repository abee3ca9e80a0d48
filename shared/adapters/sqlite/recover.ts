import { join } from 'node:path'
import type { Config } from '../../config.ts'
import type { Database } from './database.ts'
import { openStateDatabase } from './state.ts'

/**
 * For a start after a crash, when it is known that no worker runs: claims and leases of the run before end now, and the
 * messages that were handed out wait again. Their deliveries count, as after any death of a worker.
 */
export function recover(db: Database): void {
  db.transaction(() => {
    db.sql(`UPDATE records SET rev = rev + 1, record = json_set(record, '$.rev', rev + 1, '$.claim.until', 0)
            WHERE claimed = 1`).run()
    db.sql('DELETE FROM leases').run()
    db.sql('UPDATE jobs SET state = 0, receipt = NULL WHERE state = 2').run()
  })
}

/** `recover` for a data folder, before anything else opens it. */
export function recoverEmbedded(config: Pick<Config, 'KASS_DATA'>): void {
  const db = openStateDatabase(join(config.KASS_DATA, 'kass.db'))
  try {
    recover(db)
  } finally {
    db.close()
  }
}
