import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Test, test } from 'tap'
import { freePort } from '../free-port.ts'
import { type PartSpec, startPart } from '../part.ts'

const server = join(import.meta.dirname, 'fixture-server.ts')

async function spec(t: Test, manner = 'plain', graceMs = 5_000): Promise<PartSpec> {
  const log = join(t.testdir(), 'logs', 'part.log')
  return {
    name: 'fixture',
    port: await freePort(),
    readyPath: '/',
    readyWithinMs: 30_000,
    graceMs,
    command: (port) => ({ command: process.execPath, args: [server, String(port), manner], log }),
  }
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Waits until none of the processes is there any more; gives those that stay. */
async function left(...pids: number[]): Promise<number[]> {
  const until = performance.now() + 30_000
  for (;;) {
    const there = pids.filter((pid) => isAlive(pid) && !isZombie(pid))
    if (there.length === 0 || performance.now() > until) return there
    await pause(20)
  }
}

/** One that has ended, but that nobody has asked for yet. */
function isZombie(pid: number): boolean {
  try {
    return / [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, ''))
  } catch {
    return true
  }
}

const pidBelow = async (url: string) => Number(await (await fetch(url)).text())

test('a part is ready when it answers, and ends with all that it started', async (t) => {
  const part = await startPart(await spec(t))
  const below = await pidBelow(part.url)
  const { pid } = part
  t.ok(pid)
  t.match(readFileSync(part.log, 'utf8'), /listening/)
  await part.stop()
  t.equal(part.pid, undefined)
  t.same(await left(below, Number(pid)), [])
  await part.stop()
})

test('a part that was killed comes back at the same address', async (t) => {
  const part = await startPart(await spec(t))
  t.teardown(() => part.stop())
  const before = part.pid
  await part.kill()
  await t.rejects(fetch(part.url))
  await part.restart()
  t.not(part.pid, before)
  t.equal((await fetch(part.url)).status, 200)
})

test('a part that is paused answers nothing until it goes on, and can be stopped meanwhile', async (t) => {
  const part = await startPart(await spec(t))
  part.pause()
  const answer = fetch(part.url)
  await t.rejects(fetch(part.url, { signal: AbortSignal.timeout(100) }))
  part.resume()
  t.equal((await answer).status, 200)
  part.pause()
  await part.stop()
  t.equal(part.pid, undefined)
})

test('a part that does not listen to SIGTERM is killed', async (t) => {
  const part = await startPart(await spec(t, 'deaf', 100))
  const { pid } = part
  await part.stop()
  t.same(await left(Number(pid)), [])
})

test('a part that ends before it is ready is told of with the end of its log', async (t) => {
  await t.rejects(startPart(await spec(t, 'broken')), {
    message: /fixture ended before it was ready \(exit code 3\)[\s\S]*cannot find my data/,
  })
  const missing = {
    ...(await spec(t)),
    command: () => ({ command: '/nowhere', args: [], log: join(t.testdir(), 'log') }),
  }
  await t.rejects(startPart(missing), { code: 'ENOENT' })
})

test('a part does not outlive the process that started it, though that is killed', async (t) => {
  const { port } = await spec(t)
  const script = `
    import { startPart } from ${JSON.stringify(join(import.meta.dirname, '../part.ts'))}
    const command = () => ({ command: process.execPath, args: [${JSON.stringify(server)}, '${port}', 'deaf'], log: ${JSON.stringify(join(t.testdir(), 'log'))} })
    const part = await startPart({ name: 'x', port: ${port}, readyPath: '/', readyWithinMs: 30000, graceMs: 100, command })
    console.log(part.pid)`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(parent.stdout, 'data')
  const below = await pidBelow(`http://127.0.0.1:${port}`)
  parent.kill('SIGKILL')
  t.same(await left(Number(String(line)), below), [])
})
