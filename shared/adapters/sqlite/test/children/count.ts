import { createSqliteAccess } from '../../access.ts'
import { openStateDatabase } from '../../state.ts'

const [file = '', times = '0'] = process.argv.slice(2)
const db = openStateDatabase(file)
const access = createSqliteAccess(db)
for (let n = 0; n < Number(times); n++) {
  await access.count(
    { tenant: 'acme', subject: 'bot', day: '2026-01-31' },
    { requests: 1, inputTokens: 2, outputTokens: 3 },
  )
}
db.close()
