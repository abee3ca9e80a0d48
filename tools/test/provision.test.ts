import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type Test, test } from 'tap'
import { loadConfig } from '../../shared/config.ts'
import { createLogger } from '../../shared/logger.ts'
import { untilAnswering } from '../provision/wait.ts'
import { provision } from '../provision.ts'
import { readProject } from './compose/project.ts'

const logger = createLogger({ level: 'silent', name: 'test' })
const environment = readProject().services.provision?.environment ?? {}

async function listen(t: Test, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return `http://127.0.0.1:${address.port}`
}

test('without STORAGE=aws there is nothing to provision', async (t) => {
  await t.rejects(provision(loadConfig({}), { logger }), /STORAGE=aws/)
})

test('AWS itself is not touched by accident', async (t) => {
  const config = loadConfig({ ...environment, AWS_ENDPOINT_URL: '' })
  await t.rejects(provision(config, { logger }), /--real/)
})

test('what does not come up in time is named by its setting', async (t) => {
  const server = createServer()
  const url = await listen(t, server)
  server.close()
  const targets = [{ setting: 'OPENSEARCH_URL', url }]
  await t.rejects(untilAnswering(targets, { limitMs: 1, logger }), /\(OPENSEARCH_URL\) is not ready.*ECONNREFUSED/)
})

test('what fails at first is waited for', async (t) => {
  const answers = [503, 500, 200]
  const server = createServer((_, response) => response.writeHead(answers.shift() ?? 200).end())
  const targets = [{ setting: 'AWS_ENDPOINT_URL', url: await listen(t, server) }]
  await untilAnswering(targets, { limitMs: 60_000, logger, everyMs: 1 })
  t.same(answers, [])
})

test('an answer that asks for a password is an answer', async (t) => {
  const url = await listen(
    t,
    createServer((_, response) => response.writeHead(401).end()),
  )
  await t.resolves(untilAnswering([{ setting: 'OPENSEARCH_URL', url }], { limitMs: 60_000, logger }))
})
