import { once } from 'node:events'
import { statSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { createLogger } from '../../shared/logger.ts'
import { startHeartbeat } from '../../worker/heartbeat.ts'
import { ailment } from '../healthcheck.ts'

const logger = createLogger({ level: 'silent', name: 'test' })

async function api(t: Test, status: number): Promise<number> {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/health' ? status : 404).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

test('an API that answers is well, wherever it listens', async (t) => {
  const PORT = await api(t, 200)
  t.equal(await ailment({ HEARTBEAT_FILE: '', HOST: '127.0.0.1', PORT }), undefined)
  t.equal(await ailment({ HEARTBEAT_FILE: join(t.testdir(), 'none'), HOST: '0.0.0.0', PORT }), undefined)
})

test('an API that drains is not well', async (t) => {
  const PORT = await api(t, 503)
  t.match(await ailment({ HEARTBEAT_FILE: '', HOST: '127.0.0.1', PORT }), /answers 503/)
})

test('who neither answers nor has a heartbeat is not well', async (t) => {
  const found = await ailment({ HEARTBEAT_FILE: '/nowhere/heartbeat', HOST: '127.0.0.1', PORT: 1 })
  t.match(found, /No heartbeat at "\/nowhere\/heartbeat".*does not answer/)
})

test('a worker is well while its heartbeat is young', async (t) => {
  const HEARTBEAT_FILE = join(t.testdir(), 'run/heartbeat')
  const end = startHeartbeat({ file: HEARTBEAT_FILE, everyMs: 60_000, logger })
  t.teardown(end)
  const beaten = statSync(HEARTBEAT_FILE).mtimeMs
  const config = { HEARTBEAT_FILE, HOST: '127.0.0.1', PORT: 1 }
  t.equal(await ailment(config, beaten + 30_000), undefined)
  t.match(await ailment(config, beaten + 30_001), /last heartbeat is 30 s old/)
})
