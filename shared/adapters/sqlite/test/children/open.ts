/** Opens the database, writes once and ends. */
import { createSqliteAccess } from '../../access.ts'
import { openStateDatabase } from '../../state.ts'

const db = openStateDatabase(process.argv[2] ?? '')
await createSqliteAccess(db).count(
  { tenant: 'acme', subject: 'opened', day: '2026-01-31' },
  { requests: 1, inputTokens: 0, outputTokens: 0 },
)
db.close()
