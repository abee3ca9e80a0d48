import { test } from 'tap'
import { collection, control, eventually, statusOf } from './collection.ts'

test('what was written is acknowledged with an id at once, and found only when the lag is over', async (t) => {
  const { create, bulk, found, proxy } = await collection(t, { lagMs: 600_000 })
  await create()
  const answer = await bulk({ index: {} }, { text: 'apple pie', vector: [1, 0, 0] }, { create: {} }, { text: 'plum' })
  t.equal(answer.errors, false)
  const [first, second] = answer.items.map((item: object) => Object.values(item)[0])
  t.match(first, { _id: /^1%3A0%3A/, status: 201, result: 'created' })
  t.not(first._id, second._id)
  t.same(await found('apple'), [])
  t.equal((await control(proxy.url)).pending, 2)
  await control(proxy.url, { flush: true })
  t.same(await found('apple'), [first._id])
})

test('writes are seen in their order, by themselves, when their time has come', async (t) => {
  const { create, bulk, found, client, index } = await collection(t, { lagMs: 50 })
  await create()
  const { items } = await bulk({ index: {} }, { text: 'apple' })
  const id: string = items[0].index._id
  t.same(
    await eventually(
      () => found('apple'),
      (ids) => ids.length === 1,
    ),
    [id],
  )
  await client.delete({ index, id })
  t.same(
    await eventually(
      () => found('apple'),
      (ids) => ids.length === 0,
    ),
    [],
  )
})

test('without a lag a write is found as soon as it is acknowledged', async (t) => {
  const { create, client, index, found } = await collection(t)
  await create()
  const { body, statusCode } = await client.index({ index, body: { text: 'apple' } })
  t.equal(statusCode, 201)
  t.same(await found('apple'), [body._id])
})

test('a document that nobody can see yet is removed by its id', async (t) => {
  const { create, bulk, found, client, index, proxy } = await collection(t, { lagMs: 600_000 })
  await create()
  const { items } = await bulk({ index: {} }, { text: 'apple' }, { index: {} }, { text: 'apple' })
  const [one, two] = items.map((item: { index: { _id: string } }) => item.index._id)
  t.equal((await client.delete({ index, id: one })).body.result, 'deleted')
  const { items: removed } = await bulk({ delete: { _id: two } }, { delete: { _id: two } }, { delete: { _id: 'none' } })
  t.same(
    removed.map((item: { delete: { status: number } }) => item.delete.status),
    [200, 404, 404],
  )
  t.equal(await statusOf(client.delete({ index, id: one })), 404)
  await control(proxy.url, { flush: true })
  t.same(await found('apple'), [])
})

test('a removal is late as well', async (t) => {
  const { create, bulk, found, client, index, proxy } = await collection(t)
  await create()
  const { items } = await bulk({ index: {} }, { text: 'apple' })
  await control(proxy.url, { lagMs: 600_000 })
  await client.delete({ index, id: items[0].index._id })
  t.equal((await found('apple')).length, 1)
  await control(proxy.url, { flush: true })
  t.equal((await found('apple')).length, 0)
})

test('all documents are walked through by a point in time and search_after', async (t) => {
  const { create, bulk, raw, index } = await collection(t)
  await create()
  await bulk(...Array.from({ length: 5 }, (_, ordinal) => [{ index: {} }, { text: 'apple', ordinal }]).flat())
  const { body: pit } = await raw('POST', `/${index}/_search/point_in_time?keep_alive=1m`)
  await bulk({ index: {} }, { text: 'apple', ordinal: 5 })
  const seen: number[] = []
  let after: unknown
  for (;;) {
    const { body } = await raw('POST', '/_search', {
      size: 2,
      pit: { id: pit.pit_id, keep_alive: '1m' },
      sort: [{ ordinal: 'asc' }],
      ...(after !== undefined && { search_after: after }),
    })
    const { hits } = body.hits
    if (hits.length === 0) break
    seen.push(...hits.map((hit: { _source: { ordinal: number } }) => hit._source.ordinal))
    after = hits.at(-1).sort
  }
  t.same(seen, [0, 1, 2, 3, 4])
  t.equal(await statusOf(raw('DELETE', '/_search/point_in_time', { pit_id: [pit.pit_id] })), 200)
})

test('a collection that was asleep answers its first search late, and its first write again', async (t) => {
  const { create, found, bulk, proxy } = await collection(t)
  await create()
  for (const call of [() => found('apple'), () => bulk({ index: {} }, { text: 'apple' })]) {
    await control(proxy.url, { scaledToZeroMs: 600_000 })
    const before = (await control(proxy.url)).woken
    let answered = false
    const answer = call().then(() => {
      answered = true
    })
    const { woken } = await eventually(
      () => control(proxy.url),
      (told) => told.woken !== before,
    )
    t.equal(woken, Number(before) + 1)
    t.notOk(answered)
    await control(proxy.url, { scaledToZeroMs: 0 })
    await answer
  }
})
