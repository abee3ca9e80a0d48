import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'tap'

const main = join(import.meta.dirname, '../../fake-bedrock.ts')

test('the command says where it listens, answers there, and ends on SIGTERM', async (t) => {
  const child = spawn(process.execPath, [main, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(String(line))?.[0]
  t.equal((await fetch(`${url}/_health`)).status, 200)
  child.kill('SIGTERM')
  t.same(await once(child, 'exit'), [0, null])
})
