import { test } from 'tap'
import { KassError } from '../../errors.ts'
import { createGuard, type GuardOptions } from '../upstream-guard.ts'

const never = () => new AbortController().signal
const trouble = new KassError('model_unavailable')

const guard = (more: Partial<GuardOptions> = {}) =>
  createGuard({
    upstream: 'test',
    concurrency: 1,
    queue: 8,
    failures: 2,
    openMs: 60_000,
    isTrouble: (error) => error === trouble,
    refusal: (why, retryAfterMs) => new KassError('overloaded', { detail: why, retryAfterMs }),
    ...more,
  })

test('what is held keeps its place until it is released', async (t) => {
  const one = guard()
  const first = await one.hold(async () => 'first', never())
  let opened = false
  const second = one.hold(async () => {
    opened = true
    return 'second'
  }, never())
  await new Promise((resolve) => setImmediate(resolve))
  t.notOk(opened)
  first.release()
  t.equal((await second).value, 'second')
})

test('who waits for a place and gives up leaves at once, and opens nothing when the place is free', async (t) => {
  const one = guard()
  const first = await one.hold(async () => 'first', never())
  const abort = new AbortController()
  const gone = one.hold(async () => t.fail('it was opened'), abort.signal)
  abort.abort(new Error('gave up'))
  await t.rejects(gone, { message: 'gave up' })
  first.release()
  const { value, release } = await one.hold(async () => 'next', never())
  t.equal(value, 'next')
  release()
})

test('no place to wait in is said so', async (t) => {
  const one = guard({ queue: 0 })
  const { release } = await one.hold(async () => 'first', never())
  await t.rejects(
    one.hold(async () => 'second', never()),
    { code: 'overloaded', message: 'full' },
  )
  release()
})

test('the error that something held ends with counts, as does one that it could not even be opened for', async (t) => {
  const one = guard()
  const held = await one.hold(async () => 'x', never())
  held.release(trouble)
  await t.rejects(
    one.hold(async () => Promise.reject(trouble), never()),
    trouble,
  )
  t.equal(one.state(), 'open')
  await t.rejects(
    one.hold(async () => 'x', never()),
    { code: 'overloaded', message: 'open', retryAfterMs: 60_000 },
  )
})

test('an end without trouble forgets what was counted, and errors that are none leave it alone', async (t) => {
  const one = guard()
  for (const outcome of [trouble, undefined, trouble, new Error('not its fault')]) {
    const held = await one.hold(async () => 'x', never())
    held.release(outcome)
  }
  t.equal(one.state(), 'closed')
})

test('on probation the opening decides: others need not wait for the end of the first stream', async (t) => {
  const one = guard({ failures: 1, openMs: 0, concurrency: 4 })
  const broken = await one.hold(async () => 'x', never())
  broken.release(trouble)
  await new Promise((resolve) => setImmediate(resolve))
  const first = await one.hold(async () => 'first', never())
  const second = await one.hold(async () => 'second', never())
  t.equal(second.value, 'second')
  t.equal(one.state(), 'closed')
  first.release()
  second.release()
})
