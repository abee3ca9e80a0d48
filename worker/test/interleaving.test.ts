import fc from 'fast-check'
import { test } from 'tap'
import { compare } from '../compare.ts'
import type { FaultPoint, WorkerDeps } from '../deps.ts'
import { reconcile } from '../reconcile.ts'
import { openBench } from './harness.ts'
import { onAws } from './storage.ts'

const ref = { tenant: 'default', path: 'a.txt' }
const live = new AbortController().signal

const points: FaultPoint[] = [
  'claimed',
  'looked',
  'begun',
  'chunk-put',
  'all-put',
  'pending',
  'counted',
  'activated',
  'retired',
  'removed',
  'objects-purged',
]

type Action =
  | { do: 'upload'; lines: number }
  | { do: 'delete' }
  | { do: 'patch' }
  | { do: 'reindex' }
  | { do: 'presign' }
  | { do: 'work'; hold?: FaultPoint }
  | { do: 'wake'; which: number }
  | { do: 'time'; ms: number }

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('upload' as const), lines: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 2, arbitrary: fc.constant({ do: 'delete' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'patch' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'reindex' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'presign' as const }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('work' as const),
      hold: fc.option(fc.constantFrom(...points), { nil: undefined }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wake' as const), which: fc.nat(5) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('time' as const), ms: fc.constantFrom(1, 29_999, 30_001, 70_000) }),
  },
)

const numRuns = onAws ? 20 : 150

/** A worker that stops at a point the first time it comes there, until it is woken: paused, or dead for good. */
function sleeper(point: FaultPoint | undefined) {
  const asleep = Promise.withResolvers<void>()
  const reached = Promise.withResolvers<void>()
  let slept = false
  const at: WorkerDeps['at'] = (here) => {
    if (here !== point || slept) return
    slept = true
    reached.resolve()
    return asleep.promise
  }
  return { at, reached: reached.promise, wake: () => asleep.resolve() }
}

test('however workers, pauses, deaths, uploads and deletions interleave, the last wish wins and nothing is left over', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 3, maxLength: 25 }), async (actions) => {
      const b = await openBench()
      try {
        let wish: string[] | undefined
        let words = 0
        const running: { done: Promise<unknown>; wake(): void }[] = []
        for (const step of actions) {
          if (step.do === 'upload') {
            words++
            wish = Array.from({ length: step.lines }, (_, i) => `word ${words} line ${i}`)
            await b.upload(ref.path, wish.join('\n'))
          } else if (step.do === 'delete') {
            const head = await b.ports.objects.head(ref)
            if (await b.ports.documents.markDeleted(ref, head?.revision)) wish = undefined
          } else if (step.do === 'patch') await b.ports.documents.patch(ref, { title: `title ${words}` })
          else if (step.do === 'reindex') await b.ports.documents.reindex(ref)
          else if (step.do === 'presign') await b.ports.documents.expect(ref, { until: b.clock.now + 20_000 })
          else if (step.do === 'time') b.clock.now += step.ms
          else if (step.do === 'wake') running[step.which]?.wake()
          else {
            const sleep = sleeper(step.hold)
            const done = reconcile(b.worker({ at: sleep.at }), ref, live)
            running.push({ done, wake: sleep.wake })
            await Promise.race([done, sleep.reached])
          }
          // At any moment only what the record names may answer, and never more than one attempt.
          const record = await b.ports.documents.get(ref)
          const shown = record && (await b.ports.documents.active('default', [record.id])).get(record.id)
          if (wish === undefined && shown?.attempt) throw new Error('a deleted document answers')
        }
        const later = 30_001 + b.ports.index.visibilityMs
        b.clock.now += later
        const worker = b.worker()
        for (let i = 0; i < 4; i++) {
          await reconcile(worker, ref, live)
          b.clock.now += later
        }
        // Those that are still paused wake up last, long after their leases.
        for (const sleep of running) sleep.wake()
        await Promise.all(running.map((sleep) => sleep.done))
        for (let i = 0; i < 4; i++) {
          await reconcile(worker, ref, live)
          b.clock.now += later
        }
        const record = await b.ports.documents.get(ref)
        const attempts: string[] = []
        for await (const { attempt } of b.ports.index.attempts()) attempts.push(attempt)
        if (wish === undefined) {
          if (attempts.length > 0) throw new Error(`${attempts.length} attempts are left of a deleted document`)
        } else if (record?.crashes === undefined && record?.status !== 'failed') {
          const page = await b.ports.index.chunks(record?.active?.attempt ?? '', { limit: 10 })
          const texts = page.items.map((passage) => passage.text)
          if (JSON.stringify(texts) !== JSON.stringify(wish)) throw new Error(`${texts} answers, not ${wish}`)
          if (attempts.length !== 1) throw new Error(`${attempts.length} attempts are indexed`)
        } else if (record.failure?.code !== 'worker_crashed') throw new Error(`status ${record.status}`)
        b.clock.now += 3_600_000
        const report = await compare(worker)
        if (report?.disagreements !== 0) throw new Error(JSON.stringify(report))
      } finally {
        await b.close()
      }
    }),
    { numRuns },
  )
  t.pass(`${numRuns} interleavings`)
})
