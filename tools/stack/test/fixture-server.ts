/** A part as small as can be: `fixture-server.ts PORT [deaf]` answers every request; a deaf one ignores SIGTERM. */
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'

const [, , port, manner] = process.argv
if (manner === 'broken') {
  console.error('cannot find my data')
  process.exit(3)
}
if (manner === 'deaf') process.on('SIGTERM', () => undefined)
// One below it, as a shell script has, which must not be forgotten.
const below = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' })
createServer((_, response) => response.end(String(below.pid))).listen(Number(port), '127.0.0.1')
console.log('listening')
