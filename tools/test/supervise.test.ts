import { join } from 'node:path'
import { test } from 'tap'
import { hopeless } from '../../shared/run-main.ts'
import { type SuperviseEvents, supervise } from '../start/supervise.ts'

const script = join(import.meta.dirname, 'fake/child.ts')

/** Collects what happens and lets a test wait for the next of a kind. */
function recorder() {
  const seen: { kind: string; detail: unknown }[] = []
  const waiting: { kind: string; resolve: (detail: unknown) => void }[] = []
  const happened = (kind: string, detail: unknown) => {
    seen.push({ kind, detail })
    const index = waiting.findIndex((one) => one.kind === kind)
    if (index >= 0) waiting.splice(index, 1)[0]?.resolve(detail)
  }
  const events: SuperviseEvents = {
    up: (_message, again) => happened('up', again),
    died: (how) => happened('died', how),
    gaveUp: (why) => happened('gaveUp', why),
    spawned: (pid) => happened('spawned', pid),
  }
  return {
    seen,
    events,
    next: (kind: string) => new Promise<unknown>((resolve) => waiting.push({ kind, resolve })),
  }
}

test('a child that is killed comes back, and what must be done before is done again', async (t) => {
  const { events, next } = recorder()
  let prepared = 0
  const up = next('up')
  const child = supervise({ name: 'x', script, upWhen: 'up', before: () => void prepared++ }, events)
  t.teardown(() => child.stop(1000))
  t.equal(await up, false)
  t.equal(prepared, 1)
  const back = next('up')
  const died = next('died')
  child.signal('SIGKILL')
  t.equal(await died, 'SIGKILL')
  t.equal(await back, true)
  t.equal(prepared, 2)
})

test('a child that says there is no hope is not started again', async (t) => {
  const { events, next, seen } = recorder()
  const gaveUp = next('gaveUp')
  supervise({ name: 'x', script, upWhen: 'up', env: () => ({ FAKE_EXIT: String(hopeless) }) }, events)
  t.match(await gaveUp, /78/)
  t.equal(seen.filter((one) => one.kind === 'spawned').length, 1)
})

test('a child that never comes up is given up after five deaths', async (t) => {
  const { events, next, seen } = recorder()
  const gaveUp = next('gaveUp')
  supervise({ name: 'x', script, upWhen: 'up', env: () => ({ FAKE_EXIT: '3' }) }, events)
  t.match(await gaveUp, /exit code 3, 5 times/)
  t.equal(seen.filter((one) => one.kind === 'spawned').length, 5)
})

test('what fails before the start is given up with its reason', async (t) => {
  const { events, next } = recorder()
  const gaveUp = next('gaveUp')
  const before = () => {
    throw new Error('the data folder is from a newer release')
  }
  supervise({ name: 'x', script, upWhen: 'up', before }, events)
  t.match(await gaveUp, /newer release/)
})

test('a stopped child gets SIGTERM and is not started again', async (t) => {
  const { events, next, seen } = recorder()
  const up = next('up')
  const child = supervise({ name: 'x', script, upWhen: 'up' }, events)
  await up
  await child.stop(60_000)
  t.equal(child.pid, undefined)
  t.notOk(seen.some((one) => one.kind === 'died'))
})

test('a child that does not heed SIGTERM is killed after the grace time', async (t) => {
  const { events, next } = recorder()
  const up = next('up')
  const child = supervise({ name: 'x', script, upWhen: 'up', env: () => ({ FAKE_STUBBORN: '1' }) }, events)
  await up
  await child.stop(50)
  t.equal(child.pid, undefined)
})

test('the output of a child is handed on line by line', async (t) => {
  const { events } = recorder()
  const line = Promise.withResolvers<string>()
  const child = supervise({ name: 'x', script, upWhen: 'up', onLine: line.resolve }, events)
  t.teardown(() => child.stop(1000))
  t.match(JSON.parse(await line.promise), { level: 'INFO' })
})

test('a child is a process group of its own, so that Ctrl-C at the terminal does not reach it', async (t) => {
  const { events, next } = recorder()
  const up = next('up')
  const child = supervise({ name: 'x', script, upWhen: 'up' }, events)
  t.teardown(() => child.stop(1000))
  await up
  t.ok(child.pid)
  // A signal to a group that does not exist throws.
  t.doesNotThrow(() => process.kill(-(child.pid ?? 0), 0))
})
