import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { test } from 'tap'
import { attempt, chunk, keys, put, query } from '../../../test/contracts/search-index/corpus.ts'
import { indexFile, openIndex } from './open.ts'

/** Resolves with the next thread that this process starts. */
async function nextThread(): Promise<Worker> {
  const [worker] = await once(process, 'worker')
  return worker
}

test('every verb but search and ready works without a search thread', async (t) => {
  const index = openIndex(t, indexFile(t))
  const started: unknown[] = []
  const note = (worker: unknown) => started.push(worker)
  process.on('worker', note)
  t.teardown(() => process.off('worker', note))
  await put(index, attempt('a'), 'apple', 'pear')
  t.equal(await index.count('a'), 2)
  t.equal((await index.chunks('a', { limit: 5 })).items.length, 2)
  t.equal((await index.passages(['a:0'])).size, 1)
  t.equal((await index.vectors('a', 'hashing/384')).size, 2)
  for await (const one of index.attempts()) t.equal(one.attempt, 'a')
  await index.remove('a')
  t.equal(started.length, 0)
  await index.ready()
  t.equal(started.length, 1)
})

test('when the thread dies, searches under way fail as retryable and later ones are answered', async (t) => {
  const faults: Error[] = []
  const index = openIndex(t, indexFile(t), { onFault: (error) => faults.push(error) })
  await put(index, attempt('a'), 'apple')
  const starting = nextThread()
  await index.ready()
  const thread = await starting
  const dying = thread.terminate()
  const search = index.search(query('apple'))
  await t.rejects(search, { code: 'overloaded', retryable: true })
  await dying
  t.equal(faults.length, 1)
  t.same((await keys(index, query('apple'))).text, ['a:0'])
  await index.ready()
})

test('a search that waits while the thread starts again after dying is answered', async (t) => {
  const index = openIndex(t, indexFile(t))
  await put(index, attempt('a'), 'apple')
  for (let deaths = 0; deaths < 3; deaths++) {
    const starting = nextThread()
    t.same((await keys(index, query('apple'))).text, ['a:0'])
    const thread = await starting
    const dead = once(thread, 'exit')
    await thread.terminate()
    await dead
  }
  t.same((await keys(index, query('apple'))).text, ['a:0'])
})

test('more searches than may wait are refused as overloaded; the others are answered', async (t) => {
  const index = openIndex(t, indexFile(t), { maxWaiting: 5 })
  await put(index, attempt('a'), 'apple')
  const searches = await Promise.allSettled(Array.from({ length: 9 }, () => keys(index, query('apple'))))
  const refused = searches.filter(({ status }) => status === 'rejected')
  t.equal(refused.length, 4)
  for (const one of refused) t.match(one, { reason: { code: 'overloaded', retryAfterMs: 1000 } })
  for (const one of searches) if (one.status === 'fulfilled') t.same(one.value.text, ['a:0'])
  t.same((await keys(index, query('apple'))).text, ['a:0'])
})

test('a waiting search that is given up makes room for another', async (t) => {
  const index = openIndex(t, indexFile(t), { maxWaiting: 1 })
  const controller = new AbortController()
  const first = index.search(query('apple'), controller.signal)
  await t.rejects(index.search(query('apple')), { code: 'overloaded' })
  controller.abort()
  await t.rejects(first, { name: 'AbortError' })
  t.same(await index.search(query('apple')), { text: [], vector: [] })
})

test('closing ends what waits, and later searches are told so', async (t) => {
  const index = openIndex(t, indexFile(t))
  const waiting: Promise<unknown>[] = [index.search(query('apple')), index.ready()]
  const closing = index.close()
  for (const one of waiting) await t.rejects(() => one, { code: 'shutting_down' })
  await closing
  await t.rejects(index.search(query('apple')), { code: 'shutting_down' })
  await t.rejects(index.ready(), { code: 'shutting_down' })
})

test('searches are answered while much is put, each with all that was put before it', async (t) => {
  const file = indexFile(t)
  const [index, other] = [openIndex(t, file), openIndex(t, file)]
  await index.ready()
  for (let n = 1; n <= 20; n++) {
    const made = Array.from({ length: 100 }, (_, ordinal) => chunk(ordinal, `apple ${n} ${ordinal}`))
    await other.put(attempt(`a${n}`), made)
    t.equal((await keys(index, query('apple', { depth: 10_000 }))).text.length, n * 100)
  }
})

test('so much removed that the memory is compacted changes no answer', async (t) => {
  const index = openIndex(t, indexFile(t))
  const texts = Array.from({ length: 100 }, (_, n) => `apple ${'pie '.repeat(n % 7)}${n}`)
  await put(index, attempt('kept'), ...texts)
  const before = await index.search(query('apple pie 7'))
  for (let n = 0; n < 6; n++) await put(index, attempt(`gone${n}`), ...texts)
  t.equal((await index.search(query('apple'))).text.length, 700)
  for (let n = 0; n < 6; n++) {
    await index.remove(`gone${n}`)
    t.equal((await index.search(query('apple'))).text.length, 600 - n * 100)
  }
  t.same(await index.search(query('apple pie 7')), before)
})
