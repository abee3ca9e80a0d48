/** Stands in for a main in the tests of the supervisor: says that it is up, and does what its environment tells it to. */
import { existsSync, writeFileSync } from 'node:fs'

const { FAKE_EXIT, FAKE_STUBBORN, FAKE_MARK, PORT } = process.env
if (FAKE_EXIT !== undefined) process.exit(Number(FAKE_EXIT))
process.on('SIGTERM', () => {
  if (FAKE_STUBBORN === undefined) process.exit(0)
})
process.on('disconnect', () => process.exit(0))
if (FAKE_MARK !== undefined && !existsSync(FAKE_MARK)) writeFileSync(FAKE_MARK, '')
process.stdout.write(`${JSON.stringify({ pid: process.pid, level: 'INFO' })}\n`)
process.send?.({ type: 'up', url: `http://127.0.0.1:${PORT === '0' ? 4321 : PORT}` })
