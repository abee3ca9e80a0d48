import { test } from 'tap'
import { type DiagnosticCheck, ok, problem, warning } from '../../../shared/ports/diagnosis.ts'
import { examine, worst } from '../examine.ts'

const never = new AbortController().signal
const check = (run: DiagnosticCheck['run']): DiagnosticCheck => ({ name: 'a part', run })

test('a check that hangs costs its time and is a finding, even when it does not listen', async (t) => {
  const hangs = check(() => new Promise(() => {}))
  const done = await examine(hangs, { limitMs: 5, stop: never })
  t.match(done, { check: 'a part', state: 'problem', findings: [{ message: 'no answer within 0.005 s' }] })
  const listens = check(
    (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  )
  t.match(await examine(listens, { limitMs: 5, graceMs: 60_000, stop: never }), { state: 'problem' })
})

test('a check that throws is a finding', async (t) => {
  const done = await examine(
    check(() => Promise.reject(new Error('the disk is on fire'))),
    { limitMs: 60_000, stop: never },
  )
  t.match(done, { state: 'problem', findings: [{ message: 'the disk is on fire', action: String }] })
})

test('a check that is stopped may put things away before it ends', async (t) => {
  const stop = new AbortController()
  let tidy = false
  const slow = check(async (signal) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    await new Promise((resolve) => setImmediate(resolve))
    tidy = true
    return []
  })
  const done = examine(slow, { limitMs: 60_000, graceMs: 60_000, stop: stop.signal })
  stop.abort()
  await done
  t.ok(tidy)
})

test('the worst finding says how a part is', async (t) => {
  t.equal(worst([]), 'ok')
  t.equal(worst([ok('a'), warning('b', 'c'), ok('d')]), 'warning')
  t.equal(worst([warning('b', 'c'), problem('a', 'b'), ok('d')]), 'problem')
})
