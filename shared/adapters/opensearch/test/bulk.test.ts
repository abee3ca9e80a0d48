import { test } from 'tap'
import type { JsonObject } from '../answers.ts'
import { createBulk, type Operation } from '../bulk.ts'
import type { Answer, SearchCall } from '../requests.ts'
import { domainOptions } from './open.ts'

const create = (name: string): Operation => ({ name, action: { create: { _id: name } }, source: { text: name } })
const remove = (name: string): Operation => ({ name, action: { delete: { _id: name } } })
const never = async () => {
  throw new Error('nothing was to be restored')
}

/** A bulk writer whose requests are answered by `reply`, an item at a time; it never waits. */
function writer(reply: (action: string, id: string, call: number) => JsonObject, about: { bulkBytes?: number } = {}) {
  const calls: SearchCall[] = []
  const waits: number[] = []
  const send = async (call: SearchCall): Promise<Answer> => {
    calls.push(call)
    const actions = (call.lines ?? '').split('\n').filter((line) => /^\{"(create|delete)"/.test(line))
    const items = actions.map((line) => {
      const [[action, { _id }] = ['', { _id: '' }]] = Object.entries<{ _id: string }>(JSON.parse(line))
      return { [action]: { _id, ...reply(action, _id, calls.length) } }
    })
    return { status: 200, body: { items } }
  }
  const options = domainOptions({ url: 'http://127.0.0.1:9', index: 'the index', ...about })
  const bulk = createBulk({ send }, options, async (ms) => waits.push(ms))
  return { bulk, calls, waits }
}

const fault = (status: number, type: string) => ({ status, error: { type, reason: 'the secret text' } })

test('what is there already is written, and what is gone is removed', async (t) => {
  const { bulk, calls } = writer((action) =>
    action === 'create' ? fault(409, 'version_conflict_engine_exception') : { status: 404, result: 'not_found' },
  )
  t.same(await bulk.write([create('a:0'), remove('a:1')], never), ['a:0', 'a:1'])
  t.match(calls, [{ method: 'POST', path: '/the%20index/_bulk' }])
})

test('a request holds as many bytes as it may, and at least one item', async (t) => {
  const { bulk, calls } = writer(() => ({ status: 201 }), { bulkBytes: 90 })
  const names = ['a', 'b', 'c', 'x'.repeat(100), 'd']
  t.same(await bulk.write(names.map(create), never), names)
  t.same(
    calls.map(({ lines }) => lines?.match(/"create"/g)?.length),
    [2, 1, 1, 1],
  )
})

test('an item that never finds room fails as throttled, after growing pauses, and says how much was taken', async (t) => {
  const { bulk, calls, waits } = writer((_, id) =>
    id === 'b' ? fault(429, 'rejected_execution_exception') : { status: 201 },
  )
  await t.rejects(bulk.write([create('a'), create('b')], never), {
    code: 'search_throttled',
    retryable: true,
    message: /took 1 of 2/,
  })
  t.equal(calls.length, 7)
  t.equal(waits.length, 6)
  t.ok((waits[4] ?? 0) > 4 * (waits[0] ?? 0))
  t.ok(calls.slice(1).every(({ lines }) => !lines?.includes('"a"')))
})

test('an item that its shard cannot take fails as unavailable, one that is refused with its name and no text', async (t) => {
  const troubled = writer(() => fault(503, 'unavailable_shards_exception'))
  await t.rejects(troubled.bulk.write([create('a')], never), { code: 'search_unavailable' })
  const { bulk, calls } = writer(() => fault(400, 'mapper_parsing_exception'))
  const error: unknown = await bulk.write([create('a:7')], never).catch((thrown: unknown) => thrown)
  t.match(error, { code: 'internal', place: 'a:7', message: /refused a:7 \(mapper_parsing_exception\)/ })
  t.notMatch(String(error), /secret/)
  t.equal(calls.length, 1)
})

test('an index that is gone, or lacks a field, is restored before its items are written again', async (t) => {
  for (const type of ['index_not_found_exception', 'strict_dynamic_mapping_exception']) {
    let restored = 0
    const { bulk } = writer((_, __, call) => (call === 1 ? fault(400, type) : { status: 201 }))
    t.same(await bulk.write([create('a')], async () => void restored++), ['a'])
    t.equal(restored, 1, type)
  }
})

test('an answer with fewer items than were sent is none', async (t) => {
  const send = async (): Promise<Answer> => ({ status: 200, body: { items: [] } })
  const bulk = createBulk({ send }, domainOptions({ url: 'http://127.0.0.1:9' }))
  await t.rejects(bulk.write([create('a')], never), { code: 'search_unavailable' })
})
