import fc from 'fast-check'
import { test } from 'tap'
import type { Delivery } from '../letters.ts'
import { createReserve } from '../reserve.ts'

function delivery(tenant: string, path: string, dueAt = 0): Delivery {
  const job = { kind: 'reconcile' as const, tenant, path }
  return { job, tenant, receipt: `${tenant}/${path}`, body: JSON.stringify(job), receives: 1, lost: 1, dueAt }
}

test('the tenant with the fewest in hand is next, then the one that waited longest for its turn', async (t) => {
  const reserve = createReserve()
  for (const tenant of ['a', 'b', 'c']) for (const path of ['1', '2']) reserve.add(delivery(tenant, path), 0)
  const inHand = new Map([['a', 1]])
  const order: string[] = []
  for (let next = reserve.next(inHand); next && order.length < 4; next = reserve.next(inHand)) {
    reserve.take(next)
    order.push(next.receipt)
  }
  t.same(order, ['b/1', 'c/1', 'b/2', 'c/2'])
  t.equal(reserve.next(inHand)?.receipt, 'a/1')
})

test('of the same job only one waits here', async (t) => {
  const reserve = createReserve()
  const first = delivery('a', '1')
  t.equal(reserve.add(first, 0), true)
  t.equal(reserve.add(delivery('a', '1'), 0), false)
  t.equal(reserve.add(delivery('b', '1'), 0), true)
  reserve.take(first)
  t.equal(reserve.add(delivery('a', '1'), 0), true, 'once it is handed out, it is a new wish')
})

test('what is beyond the share of a tenant leaves in the order of age, when it is worth a request', async (t) => {
  const reserve = createReserve()
  for (const dueAt of [3, 1, 4, 2]) reserve.add(delivery('a', String(dueAt), dueAt), 100 + dueAt)
  reserve.add(delivery('b', '1'), 200)
  t.equal(reserve.since(), 101)
  t.same(reserve.surplus(2, 3), [])
  t.same(
    reserve.surplus(2, 2).map(({ receipt }) => receipt),
    ['a/3', 'a/4'],
  )
  t.equal(reserve.size, 3)
  reserve.surplus(0)
  t.equal(reserve.since(), Number.POSITIVE_INFINITY)
})

test('nothing is lost or handed out twice, in any order of events', async () => {
  const event = fc.oneof(
    fc.record({ add: fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(9), fc.nat(5)) }),
    fc.constant('take' as const),
    fc.record({ keep: fc.nat(3) }),
  )
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const reserve = createReserve()
      const waiting = new Set<string>()
      for (const step of events) {
        if (step === 'take') {
          const next = reserve.next(new Map())
          if (next) reserve.take(next)
          if (next ? !waiting.delete(next.receipt) : waiting.size > 0) return false
        } else if ('add' in step) {
          const [tenant, path, dueAt] = step.add
          const added = delivery(tenant, String(path), dueAt)
          if (reserve.add(added, 0) === waiting.has(added.receipt)) return false
          waiting.add(added.receipt)
        } else {
          for (const { receipt } of reserve.surplus(step.keep)) if (!waiting.delete(receipt)) return false
        }
        reserve.forgetTurns()
        if (reserve.size !== waiting.size || reserve.all().length !== waiting.size) return false
      }
      return true
    }),
  )
})
