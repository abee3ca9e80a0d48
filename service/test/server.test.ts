import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { file, form } from './helper.ts'
import { open, readUntil } from './raw.ts'

const script = join(import.meta.dirname, '..', 'server.ts')

/** The real process on a folder and a port of its own. */
async function start(t: Test, env: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'kass-server-'))
  const child = spawn(process.execPath, [script], {
    env: { PATH: process.env.PATH, KASS_DATA: folder, PORT: '0', MAX_EVENT_LOOP_DELAY_MS: '20000', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  t.teardown(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    await rm(folder, { recursive: true, force: true })
  })
  return child
}

async function listening(child: ChildProcess): Promise<string> {
  const [message] = await once(child, 'message')
  return message.url
}

/** Begins an upload and leaves it open. */
async function halfUpload(url: string) {
  const { payload, headers } = form([file(Buffer.alloc(100_000, 'x'))])
  const socket = open(url)
  const head = `POST /documents HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${headers['content-type']}\r\n`
  socket.write(`${head}expect: 100-continue\r\ncontent-length: ${payload.length}\r\n\r\n`)
  await readUntil(socket, '100 Continue')
  socket.write(payload.subarray(0, 50_000))
  // Whoever answers this has read the request before it.
  await fetch(`${url}/ready`)
  return { socket, rest: payload.subarray(50_000) }
}

test('a wrong configuration ends the process with 1 and every fault at once', async (t) => {
  const child = await start(t, { HOST: '0.0.0.0', RATE_BURST: 'many', WORKER_THREAD: '9' })
  let text = ''
  child.stderr?.on('data', (bytes) => {
    text += bytes
  })
  const [code] = await once(child, 'close')
  t.equal(code, 1)
  for (const fault of [/RATE_BURST=many/, /WORKER_THREAD/, /HOST=0\.0\.0\.0 .*AUTH=keys/]) t.match(text, fault)
})

test('the process says where it listens, answers there, and ends in order on SIGTERM', async (t) => {
  const child = await start(t)
  const url = await listening(child)
  t.equal((await fetch(`${url}/ready`)).status, 200)
  child.kill('SIGTERM')
  t.strictSame(await once(child, 'exit'), [0, null])
})

test('what is open at SIGTERM is finished', async (t) => {
  const child = await start(t)
  const url = await listening(child)
  const { socket, rest } = await halfUpload(url)
  child.kill('SIGTERM')
  while ((await fetch(`${url}/health`)).status !== 503);
  socket.write(rest)
  t.match(await readUntil(socket, '}'), /^HTTP\/1\.1 202 /)
  t.strictSame(await once(child, 'exit'), [0, null])
})

test('a second signal ends it at once, with 1', async (t) => {
  const child = await start(t)
  const url = await listening(child)
  await halfUpload(url)
  child.kill('SIGINT')
  while ((await fetch(`${url}/health`)).status !== 503);
  child.kill('SIGINT')
  t.strictSame(await once(child, 'exit'), [1, null])
})

test('it ends in order when its supervisor is gone', async (t) => {
  const child = await start(t)
  await listening(child)
  child.disconnect()
  t.strictSame(await once(child, 'exit'), [0, null])
})
