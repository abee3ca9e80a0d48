/** Takes messages and never settles them. */
import { createSqliteQueue } from '../../queue.ts'
import { openStateDatabase } from '../../state.ts'

const [file = '', visibilityMs = '60000'] = process.argv.slice(2)
const queue = createSqliteQueue(openStateDatabase(file), { visibilityMs: Number(visibilityMs), maxReceives: 3 })
await queue.consume(
  async (job, { receives }) => {
    process.stdout.write(`${JSON.stringify(job)} ${receives}\n`)
    return new Promise(() => {})
  },
  { concurrency: 2, signal: new AbortController().signal },
)
