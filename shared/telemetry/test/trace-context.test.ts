import { test } from 'tap'
import { jobOf, parseJob, traced } from '../../documents/job.ts'
import { currentScope, currentTraceparent, decideTrace, inSpan, noteStage, runIn, type Span } from '../scope.ts'
import { isAmong, newTraceId, parseTraceparent, traceparentOf } from '../trace-context.ts'
import { beginScope, beginUndecided, silentTracer, type Tracer } from '../tracer.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'

/** A tracer that remembers what was begun and ended. */
function recorder(ratio = 1) {
  const log: string[] = []
  const span = (name: string, id: string): Span => ({
    traceparent: traceparentOf({ traceId: id, spanId, sampled: true }),
    child(child) {
      log.push(`${name} > ${child}`)
      return span(child, id)
    },
    set: () => {},
    rename: () => {},
    fail: (type) => void log.push(`${name} failed: ${type}`),
    end: () => void log.push(`${name} ended`),
  })
  const tracer: Tracer = {
    ratio,
    start(name, from) {
      log.push(`${name} in ${from.traceId} of ${from.parent?.spanId ?? 'nobody'}`)
      return span(name, from.traceId)
    },
    close: async () => {},
  }
  return { tracer, log }
}

const about = (traceparent?: unknown) => ({ requestId: 'r1', traceparent, span: () => ({ name: 'root' }) })

test('a traceparent is read as W3C Trace Context says, and anything else begins a new trace', async (t) => {
  t.same(parseTraceparent(`00-${traceId}-${spanId}-01`), { traceId, spanId, sampled: true })
  t.same(parseTraceparent(`00-${traceId}-${spanId}-00`), { traceId, spanId, sampled: false })
  t.same(parseTraceparent(`cc-${traceId}-${spanId}-01-what-the-future-brings`), { traceId, spanId, sampled: true })
  for (const wrong of [
    undefined,
    '',
    'nonsense',
    ['00', traceId],
    `ff-${traceId}-${spanId}-01`,
    `00-${traceId}-${spanId}-01-more`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
  ])
    t.equal(parseTraceparent(wrong), undefined, String(wrong))
})

test('new ids are all different, and about the share that is wanted is recorded', async (t) => {
  const ids = Array.from({ length: 5000 }, newTraceId)
  t.equal(new Set(ids).size, 5000)
  t.ok(ids.every((id) => /^[0-9a-f]{32}$/.test(id)))
  const share = ids.filter((id) => isAmong(0.1, id)).length / 5000
  t.ok(share > 0.05 && share < 0.15)
  t.ok(ids.every((id) => isAmong(1, id) && !isAmong(0, id)))
})

test('a caller that records its trace has it recorded here too, and one that does not has not', async (t) => {
  const none = recorder(0)
  t.ok(beginScope(none.tracer, about(`00-${traceId}-${spanId}-01`)).span)
  t.same(none.log, [`root in ${traceId} of ${spanId}`])
  const all = recorder(1)
  const scope = beginScope(all.tracer, about(`00-${traceId}-${spanId}-00`))
  t.equal(scope.span, undefined)
  t.equal(scope.traceId, traceId, 'the log knows it all the same')
  t.ok(beginScope(all.tracer, about()).span)
})

test('without traces a request has an id for the log, and messages carry nothing', async (t) => {
  const scope = beginScope(silentTracer, about(`00-${traceId}-${spanId}-01`))
  t.equal(scope.traceId, traceId)
  runIn(scope, () => {
    t.equal(currentTraceparent(), undefined)
    t.same(traced({ kind: 'reconcile', tenant: 'a', path: 'b' }, 'x'), { kind: 'reconcile', tenant: 'a', path: 'b' })
  })
})

test('a message goes on with the trace that is under way, recorded or not, and says the same otherwise', async (t) => {
  const job = { kind: 'reconcile', tenant: 'acme', path: 'a.md' } as const
  const one = recorder()
  const recorded = runIn(beginScope(one.tracer, about()), () => traced(job, 'test'))
  t.match(recorded, { ...job, traceparent: /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/ })
  t.same(one.log.slice(1), ['root > send reconcile', 'send reconcile ended'])
  const not = runIn(beginScope(one.tracer, about(`00-${traceId}-${spanId}-00`)), () => traced(job, 'test'))
  t.match(not, { ...job, traceparent: /-00$/ })
  t.same(parseJob(JSON.stringify(recorded)), recorded)
  t.same(
    runIn(beginScope(one.tracer, about()), () => traced(recorded, 'test')),
    recorded,
    'a copy keeps its own',
  )
  t.same(jobOf({ ...job, traceparent: 'nonsense' }), job, 'what is no traceparent is left out, and the hint stays')
})

test('work that learns later to which trace it belongs goes on with that one, once', async (t) => {
  const one = recorder(0)
  const scope = beginUndecided(one.tracer, { requestId: 'r1', startedAt: 5, span: () => ({ name: 'job' }) })
  t.equal(scope.span, undefined)
  runIn(scope, () => {
    decideTrace(`00-${traceId}-${spanId}-01`)
    decideTrace(undefined)
    t.equal(currentScope()?.traceId, traceId)
  })
  t.same(one.log, [`job in ${traceId} of ${spanId}`])
})

test('spans nest, say how they failed, and cost nothing where no trace is recorded', async (t) => {
  const one = recorder()
  await runIn(beginScope(one.tracer, about()), async () => {
    const failing = inSpan('outer', {}, () =>
      inSpan('inner', {}, async () => {
        noteStage('inner', 1.5)
        noteStage('inner', 2)
        throw Object.assign(new Error('secret words'), { code: 'model_timeout' })
      }),
    )
    await t.rejects(failing)
    t.same(currentScope()?.stages, { inner: 3.5 })
  })
  t.same(one.log.slice(1), [
    'root > outer',
    'outer > inner',
    'inner failed: model_timeout',
    'inner ended',
    'outer failed: model_timeout',
    'outer ended',
  ])
  t.equal(await inSpan('nowhere', {}, async (span) => span), undefined)
})
