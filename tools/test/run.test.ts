import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { loadConfig } from '../../shared/config.ts'
import { banner, readableLog } from '../start/banner.ts'
import { isAlive, type ProcessId } from '../start/processes.ts'
import { untilReady } from '../start/until-ready.ts'
import { fakeApi } from './fake/api.ts'

const main = join(import.meta.dirname, 'fake/run-main.ts')

function started(t: Test, folder: string, ...more: string[]) {
  const child = spawn(process.execPath, [main, folder, ...more], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => child.kill('SIGKILL'))
  let text = ''
  const waiting: { pattern: RegExp; resolve: () => void }[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part
      for (const { pattern, resolve } of waiting) if (pattern.test(text)) resolve()
    })
  }
  return {
    child,
    exit: once(child, 'exit'),
    output: () => text,
    /** Resolves when the output has something. */
    shows(pattern: RegExp) {
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.push({ pattern, resolve })
      if (pattern.test(text)) resolve()
      return promise
    },
  }
}

function childrenOf(folder: string): ProcessId[] {
  return JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')).children
}

/** Resolves when a process is gone; the operating system tells nobody but its parent. */
async function gone(one: ProcessId): Promise<void> {
  while (isAlive(one)) await new Promise((resolve) => setImmediate(resolve))
}

test('both are started after what a dead worker held is void, and the banner says where everything is', async (t) => {
  const folder = t.testdir()
  const { child, exit, output, shows } = started(t, folder)
  await shows(/Stop {7}Ctrl-C/)
  t.match(output(), /recovered[\s\S]*KASS is ready/)
  t.match(output(), 'http://127.0.0.1:4321/docs')
  t.match(output(), folder)
  child.kill('SIGTERM')
  t.same(await exit, [0, null])
})

test('nothing is called ready before the API says so, and what is waited for is said', async (t) => {
  const { child, exit, output, shows } = started(t, t.testdir(), 'late')
  await shows(/started at http:\/\/127\.0\.0\.1:4321 and is not ready yet \(index\)/)
  t.notMatch(output(), /KASS is ready/)
  child.kill('SIGUSR2')
  await shows(/KASS is ready/)
  child.kill('SIGTERM')
  t.same(await exit, [0, null])
})

test('a server is ready when /ready answers 200, whatever it answered or did not before', async (t) => {
  const checks = [
    { name: 'index', ok: false },
    { name: 'queue', ok: true },
  ]
  const answers = [
    undefined,
    { status: 503, body: { checks } },
    { status: 503, body: 'x' },
    { status: 200, body: { status: 'ready' } },
  ]
  const api = await fakeApi(() => answers.shift())
  t.teardown(api.close)
  const waited: string[][] = []
  await untilReady(api.url, new AbortController().signal, (parts) => waited.push(parts))
  t.same(waited, [['index']])
  t.same(answers, [])
})

test('Ctrl-C that npm passes on a second time is one Ctrl-C: nothing is cut off', async (t) => {
  const { child, exit, output, shows } = started(t, t.testdir())
  await shows(/KASS is ready/)
  child.kill('SIGINT')
  child.kill('SIGINT')
  t.same(await exit, [0, null])
  t.notMatch(output(), /ended/)
})

test('a killed API comes back where it was, although the system had chosen the port', async (t) => {
  const folder = t.testdir()
  const { child, exit, shows } = started(t, folder)
  await shows(/KASS is ready/)
  const [api] = childrenOf(folder)
  t.ok(api)
  process.kill(api?.pid ?? 0, 'SIGKILL')
  await shows(/The API ended \(SIGKILL\)[\s\S]*"api":"http:\/\/127\.0\.0\.1:4321"[\s\S]*The API is back/)
  child.kill('SIGTERM')
  t.same(await exit, [0, null])
})

test('a second run on the folder is refused and leaves the first alone', async (t) => {
  const folder = t.testdir()
  const first = started(t, folder)
  await first.shows(/KASS is ready/)
  const second = started(t, folder)
  t.same(await second.exit, [1, null])
  t.match(second.output(), /KASS already runs on .*http:\/\/127\.0\.0\.1:4321/)
  t.ok(childrenOf(folder).every(isAlive))
  first.child.kill('SIGTERM')
  t.same(await first.exit, [0, null])
})

test('when the supervisor is killed its children end, and the folder can be used at once', async (t) => {
  const folder = t.testdir()
  const first = started(t, folder)
  await first.shows(/KASS is ready/)
  const orphans = childrenOf(folder)
  t.equal(orphans.length, 2)
  first.child.kill('SIGKILL')
  await first.exit
  const second = started(t, folder)
  await second.shows(/KASS is ready/)
  for (const orphan of orphans) await gone(orphan)
  second.child.kill('SIGTERM')
  t.same(await second.exit, [0, null])
})

test('the banner tells which model answers, how search works, and who may call', (t) => {
  const plain = banner(loadConfig({}), 'http://127.0.0.1:8080', 800)
  t.match(plain, /no language model/)
  t.match(plain, /by text only \(EMBEDDER=none/)
  t.match(plain, /without keys, so this machine only/)
  const full = {
    ...{ CHAT_MODEL: 'openai-compatible', OPENAI_URL: 'http://127.0.0.1:1/v1', OPENAI_CHAT_MODEL: 'llama' },
    ...{ EMBEDDER: 'openai-compatible', OPENAI_EMBEDDING_MODEL: 'bge', AUTH: 'keys' },
  }
  const rich = banner(loadConfig(full), 'http://127.0.0.1:8080', 800)
  t.match(rich, /written by llama at http:\/\/127\.0\.0\.1:1\/v1/)
  t.match(rich, /by meaning \(bge at http:\/\/127\.0\.0\.1:1\/v1\)/)
  t.match(rich, /keys create/)
  const oidc = { AUTH: 'oidc', OIDC_ISSUER: 'https://issuer.example', OIDC_AUDIENCE: 'kass', OIDC_DEFAULT_TENANT: 'a' }
  t.match(banner(loadConfig(oidc), 'http://127.0.0.1:8080', 800), /a token of https:\/\/issuer\.example, or an API key/)
  t.end()
})

test('a terminal shows warnings and errors in words, and what is no log line as it is', (t) => {
  t.equal(readableLog('{"level":"INFO","service":"api","message":"request"}'), undefined)
  t.equal(readableLog('{"level":"WARN","service":"api","message":"slow"}'), 'WARN api: slow')
  const failed = { level: 'ERROR', service: 'worker', message: 'a job failed', err: { message: 'disk full' } }
  t.equal(readableLog(JSON.stringify(failed)), 'ERROR worker: a job failed: disk full')
  t.equal(readableLog('a stack trace'), 'a stack trace')
  t.end()
})
