import { test } from 'tap'
import { createRefresh } from '../refresh.ts'

/** Refreshes that end, or fail, when the test says so. */
function held() {
  const begun: PromiseWithResolvers<void>[] = []
  const refresh = createRefresh(() => {
    const one = Promise.withResolvers<void>()
    begun.push(one)
    return one.promise
  })
  return { begun, refresh }
}

const turns = () => new Promise((resolve) => setImmediate(resolve))

test('those who ask while one is under way share the next one', async (t) => {
  const { begun, refresh } = held()
  const first = refresh()
  const others = [refresh(), refresh(), refresh()]
  await turns()
  t.equal(begun.length, 1)
  begun[0]?.resolve()
  await first
  await turns()
  t.equal(begun.length, 2)
  const late = refresh()
  begun[1]?.resolve()
  await Promise.all(others)
  await turns()
  t.equal(begun.length, 3)
  begun[2]?.resolve()
  await late
})

test('one that fails does not make the next one fail', async (t) => {
  const { begun, refresh } = held()
  const [first, second] = [refresh(), refresh()]
  begun[0]?.reject(new Error('no'))
  await t.rejects(first, { message: 'no' })
  await turns()
  begun[1]?.resolve()
  await second
  const third = refresh()
  t.equal(begun.length, 3)
  begun[2]?.resolve()
  await third
})
