import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { processesOf } from './processes.ts'
import { eventually, type LocalServer, startServer } from './server.ts'

const fact = 'The spare key of the boathouse hangs behind the barometer.'
const question = { message: 'Where does the spare key of the boathouse hang?' }

/** Log lines and stack traces that tell of a fault. */
const complaints = /"level":"(ERROR|FATAL)"|^ +at /m

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** A data folder that outlives the servers on it. */
function dataFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'kass-start-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function teach(server: LocalServer): Promise<string> {
  const { status, body } = await server.upload('boathouse.md', `# Boathouse\n\n${fact}\n`)
  if (status !== 202) throw new Error(`the upload was answered with ${status}`)
  await server.settled(body.id, 'ready')
  return body.id
}

async function knows(t: Test, server: LocalServer): Promise<void> {
  const { body } = await server.call('POST', '/chat', question)
  t.match(body, { grounded: true, answer: /behind the barometer/, citations: [{ path: 'boathouse.md' }] })
}

test('a wrong configuration ends with 1 and names every fault at once', async (t) => {
  const settings = {
    PORT: 'eighty',
    LOG_LEVEL: 'loud',
    HOST: '0.0.0.0',
    CHAT_MODEL: 'openai-compatible',
    OPENAI_API_KEY: 'sk-not-to-be-shown',
    KASS_TYPO: 'x',
    CHUNK_OVERLAP: '500',
  }
  const fault = await startServer(t, settings).then(
    () => t.fail('it started'),
    (error: Error) => error.message,
  )
  t.match(fault, /ended with 1:/)
  const faults = [
    'PORT=eighty must be a whole number',
    'LOG_LEVEL=loud must be one of',
    'HOST=0.0.0.0 listens beyond this machine',
    'OPENAI_URL is needed',
    'OPENAI_CHAT_MODEL is needed',
    'KASS_TYPO is not a setting',
    'CHUNK_OVERLAP must be at most half',
  ]
  for (const one of faults) t.match(fault, one)
  t.match(fault, `has ${faults.length} faults`)
  t.notMatch(fault, 'sk-not-to-be-shown')
  t.notMatch(fault, /^ +at /m, 'sentences for people, no stack')
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} to the process group, as Ctrl-C sends it, ends everything in order with 0`, async (t) => {
    const server = await startServer(t)
    await teach(server)
    const { api, worker } = processesOf(server)
    t.equal(await server.stop(signal), 0, server.output())
    t.same([api, worker].filter(isAlive), [], 'no process is left')
    await t.rejects(fetch(`${server.url}/health`))
    t.notMatch(server.output(), complaints, 'nothing went wrong')
  })
}

test('what was taken in survives a restart', async (t) => {
  const KASS_DATA = dataFolder(t)
  const first = await startServer(t, { KASS_DATA })
  const id = await teach(first)
  t.equal(await first.stop(), 0)
  const second = await startServer(t, { KASS_DATA })
  t.match((await second.call('GET', `/documents/${id}`)).body, { status: 'ready', version: 1 })
  await knows(t, second)
})

test('what was taken in survives a kill -9 of everything, and what was waiting is done after it', async (t) => {
  const KASS_DATA = dataFolder(t)
  const first = await startServer(t, { KASS_DATA })
  await teach(first)
  await first.call('POST', '/chat', { ...question, conversation_id: 'kept' })
  const { api, worker } = processesOf(first)
  // The worker goes first, so that the second document is accepted but not processed.
  process.kill(-(first.process.pid ?? 0), 'SIGSTOP')
  process.kill(worker, 'SIGKILL')
  const waiting = await first.upload('jetty.md', '# Jetty\n\nThe jetty lamp is lit by Torvald.\n')
  t.equal(waiting.status, 202)
  process.kill(api, 'SIGKILL')
  t.equal(await first.stop('SIGKILL'), null)

  const second = await startServer(t, { KASS_DATA })
  await knows(t, second)
  await second.settled(waiting.body.id, 'ready')
  t.match((await second.call('POST', '/search', { query: 'jetty lamp' })).body.results[0], { path: 'jetty.md' })
  const history = await second.call('GET', '/conversations/kept/messages')
  t.match(history.body.items, [{ role: 'user' }, { role: 'assistant', content: /barometer/ }])
})

test('after a kill -9 of `npm start` alone the next one takes over from its children', async (t) => {
  const KASS_DATA = dataFolder(t)
  const first = await startServer(t, { KASS_DATA })
  await teach(first)
  const { api, worker } = processesOf(first)
  await first.stop('SIGKILL')
  const second = await startServer(t, { KASS_DATA })
  await knows(t, second)
  t.same([api, worker].filter(isAlive), [], 'they have ended')
})

test('closing the terminal (SIGHUP) ends everything in order', async (t) => {
  const server = await startServer(t)
  await teach(server)
  const { api, worker } = processesOf(server)
  await server.stop('SIGHUP')
  await eventually('API and worker to end', async () => ([api, worker].some(isAlive) ? undefined : true), 30_000)
  t.notMatch(server.output(), complaints)
})

test('a second `npm start` on the same folder is refused, and the first one does not notice', async (t) => {
  const KASS_DATA = dataFolder(t)
  const first = await startServer(t, { KASS_DATA })
  await teach(first)
  const before = processesOf(first)
  const refusal = await startServer(t, { KASS_DATA }).then(
    () => t.fail('it started'),
    (error: Error) => error.message,
  )
  t.match(refusal, /ended with 1:/)
  t.match(refusal, `KASS already runs on ${KASS_DATA}`)
  t.match(refusal, first.url, 'it says where')
  await knows(t, first)
  t.strictSame(processesOf(first), before)
})
