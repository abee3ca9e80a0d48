import { test } from 'tap'
import { document, type FakeDocument, principal, scripted } from './support.ts'
import { createWorld } from './world.ts'

const documents = () => [
  document('handbook', 'Employees get 25 days of annual leave.', { groups: ['hr', 'all'] }),
  document('rules', 'Rules for annual leave of employees.'),
]
const staff = principal({ groups: ['hr'] })
const message = 'How much annual leave is there?'
const answering = () => scripted(() => 'It is 25 days [1].')

test('the same question of the same groups is answered from the cache, recorded and traced like any other', async (t) => {
  const { model, requests } = answering()
  const world = createWorld(documents(), model)
  const first = await world.ask(message, staff)
  await world.chat.idle()
  const again = await world.ask('  how much ANNUAL leave is there? ', principal({ subject: 'lee', groups: ['hr'] }))
  t.match(again, {
    cached: true,
    answer: first.answer,
    citations: first.citations,
    usage: { input_tokens: 0, output_tokens: 0 },
  })
  t.equal(requests.length, 1)
  t.same(world.stored.at(-1)?.sources, world.stored[1]?.sources)
  const trace = await world.chat.trace(principal({ subject: 'lee', groups: ['hr'] }), again.message_id)
  t.equal(trace?.passages.length, 2)
})

const misses: [what: string, ask: (world: ReturnType<typeof createWorld>) => Promise<unknown>][] = [
  ['another tenant', (world) => world.ask(message, principal({ tenant: 'other', groups: ['hr'] }))],
  ['other groups', (world) => world.ask(message, principal({ groups: ['all'] }))],
  ['every group', (world) => world.ask(message, principal())],
  ['other filters', (world) => world.ask({ message, filters: { path: 'hr/' } }, staff)],
  ['another limit', (world) => world.ask({ message, limit: 3 }, staff)],
  ['another question', (world) => world.ask(`${message} Really?`, staff)],
  [
    'changed documents',
    (world) => {
      world.changed()
      return world.ask(message, staff)
    },
  ],
]
for (const [what, ask] of misses) {
  test(`${what}: nothing is answered from the cache`, async (t) => {
    const { model, requests } = answering()
    const world = createWorld(documents(), model)
    await world.ask(message, staff)
    await world.chat.idle()
    await ask(world)
    t.equal(requests.length, 2)
  })
}

test('a kept answer is not given once one of its documents changed, even if the epoch did not tell', async (t) => {
  const changes: Partial<FakeDocument>[] = [
    { deleted: true },
    { groups: ['board'] },
    { attempt: 'newer' },
    { incarnation: 2 },
  ]
  for (const change of changes) {
    const base = documents()
    const { model, requests } = answering()
    const world = createWorld(base, model)
    await world.ask(message, staff)
    await world.chat.idle()
    Object.assign(base[0] ?? {}, change)
    t.equal((await world.ask(message, staff)).cached, false)
    t.equal(requests.length, 2)
  }
})

test('equal filters in another order are the same question', async (t) => {
  const { model, requests } = answering()
  const world = createWorld(documents(), model)
  await world.ask({ message, filters: { tags: ['a', 'b'], metadata: { x: 1, y: ['p', 'q'] } } }, staff)
  await world.chat.idle()
  await world.ask({ message, filters: { metadata: { y: ['q', 'p'], x: 1 }, tags: ['b', 'a'] } }, staff)
  t.equal(requests.length, 1)
})

test('nothing is kept when the cache is off, and nothing that was cut or came of a failure', async (t) => {
  const off = createWorld(documents(), answering().model, {
    config: { MEMORY_TOKENS: 0, ANSWER_TOKENS: 100, CACHE_TTL_MS: 0 },
  })
  await off.ask(message, staff)
  await off.chat.idle()
  t.equal(off.cached.size, 0)
  const cut = scripted(() => '', {
    async *converse() {
      yield { type: 'text', text: 'It is 25 [1]' }
      yield { type: 'usage', inputTokens: 1, outputTokens: 1, estimated: false }
      yield { type: 'stop', reason: 'max_tokens' }
    },
  })
  const world = createWorld(documents(), cut.model)
  t.match(await world.ask(message, staff), { notices: [/cut/] })
  await world.chat.idle()
  t.equal(world.cached.size, 0)
})

test('a trace tells the passages with their scores, and which were cited, to the owner of the answer only', async (t) => {
  const world = createWorld(documents(), answering().model)
  const { message_id, conversation_id } = await world.ask(message, staff)
  const trace = await world.chat.trace(staff, message_id)
  t.match(trace, {
    message_id,
    conversation_id,
    question: message,
    searched: message,
    route: 'documents',
    mode: 'text',
    model: 'scripted',
    prompt_hash: /^[0-9a-f]{32}$/,
    withheld: 0,
    usage: { input_tokens: 100, output_tokens: 10, estimated: false },
    passages: [
      { number: 1, document_id: 'handbook', score: 1, scores: { text: 1 }, cited: true },
      { number: 2, document_id: 'rules', cited: false },
    ],
  })
  t.notMatch(JSON.stringify(trace), /25 days of annual|incarnation|owner/)
  for (const other of [principal({ subject: 'lee' }), principal({ tenant: 'other' })]) {
    t.equal(await world.chat.trace(other, message_id), undefined)
  }
  t.equal(await world.chat.trace(staff, 'unknown'), undefined)
})

test('a trace withholds and counts the passages that the caller may no longer see', async (t) => {
  const base = documents()
  const world = createWorld(base, answering().model)
  const { message_id } = await world.ask(message, staff)
  if (base[0]) base[0].groups = ['board']
  const trace = await world.chat.trace(staff, message_id)
  t.match(trace, { withheld: 1, passages: [{ number: 2, document_id: 'rules' }] })
  t.equal(trace?.passages.length, 1)
})

test('what is forgotten has no trace, even when it was forgotten before the trace was written', async (t) => {
  const world = createWorld(documents(), answering().model)
  const { message_id } = await world.ask(message, staff)
  await world.chat.forget([message_id, 'unknown'])
  await world.chat.idle()
  t.equal(world.derived.size, 0)
  t.equal(await world.chat.trace(staff, message_id), undefined)
})

test('what was left for later is done once the chat is idle', async (t) => {
  const world = createWorld(documents(), answering().model)
  await world.ask(message, staff)
  t.equal(world.derived.size + world.cached.size, 0)
  await world.chat.idle()
  t.equal(world.derived.size + world.cached.size, 2)
})
