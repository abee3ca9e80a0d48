import { test } from 'tap'
import { KassError } from '../../../shared/errors.ts'
import { document, type FakeDocument, principal, scripted } from './support.ts'
import { createWorld } from './world.ts'

const documents = () => [
  document('handbook', 'Employees get 25 days of annual leave.', { groups: ['hr'] }),
  document('contract', 'The notice period of the contract is ninety days.'),
]
const staff = principal({ groups: ['hr'] })
const first = { message: 'How much annual leave is there?', conversation_id: 'c1' }
const second = { message: 'And the notice period?', conversation_id: 'c1' }
const isCondense = (system: string) => system.startsWith('You rewrite')

const talkative = () =>
  scripted((request) =>
    isCondense(request.system) ? 'Standalone question: What is the notice period?' : 'So it is [1].',
  )

test('a follow-up is rewritten to stand alone, searched for as such, and asked with the turns before it', async (t) => {
  const { model, requests } = talkative()
  const world = createWorld(documents(), model)
  await world.ask(first, staff)
  const answer = await world.ask(second, staff)
  t.equal(requests.length, 3)
  t.match(
    requests[1]?.messages[0]?.content,
    /User: How much annual leave[\s\S]*Assistant: So it is\.[\s\S]*Question: And the notice period\?$/,
  )
  t.same(requests[1]?.sources, [])
  t.same(requests[2]?.messages, [
    { role: 'user', content: first.message },
    { role: 'assistant', content: 'So it is.' },
    { role: 'user', content: second.message },
  ])
  t.match(await world.chat.trace(staff, answer.message_id), {
    question: second.message,
    searched: 'What is the notice period?',
  })
  t.match(answer.usage, { input_tokens: 200, output_tokens: 20 })
})

test('an answer stands on its passages and on the sources of the turns that it was told', async (t) => {
  const world = createWorld(documents(), talkative().model)
  await world.ask(first, staff)
  await world.ask(second, staff)
  t.same(
    world.stored.at(-1)?.sources.map((source) => source.documentId),
    ['contract', 'handbook'],
  )
})

test('a turn whose source the caller may no longer see is neither told to the model nor shown', async (t) => {
  const changes: Partial<FakeDocument>[] = [{ deleted: true }, { groups: ['board'] }, { incarnation: 2 }]
  for (const change of changes) {
    const base = documents()
    const { model, requests } = talkative()
    const world = createWorld(base, model)
    await world.ask(first, staff)
    Object.assign(base[0] ?? {}, change)
    await world.ask(second, staff)
    t.equal(requests.length, 2)
    t.equal(requests[1]?.messages.length, 1)
    const seen = await world.chat.readable(staff, world.stored)
    t.same(
      seen.map((message) => message.redacted),
      [false, true, false, false],
    )
    t.match(seen[1], { content: /hidden/, citations: [], sources: [] })
    t.equal(seen[0]?.content, first.message)
  }
})

test('what was told on to a later turn is redacted with it', async (t) => {
  const base = documents()
  const world = createWorld(base, talkative().model)
  await world.ask(first, staff)
  await world.ask(second, staff)
  if (base[0]) base[0].deleted = true
  const seen = await world.chat.readable(staff, world.stored)
  t.same(
    seen.map((message) => message.redacted),
    [false, true, false, true],
  )
})

test('the memory has a budget, and the newest turns come first', async (t) => {
  const { model, requests } = talkative()
  const world = createWorld(documents(), model, { config: { MEMORY_TOKENS: 30, ANSWER_TOKENS: 100, CACHE_TTL_MS: 0 } })
  for (let turn = 0; turn < 5; turn++)
    await world.ask({ ...first, message: `How much annual leave is there in year ${turn}?` }, staff)
  const { messages } = requests.at(-1) ?? { messages: [] }
  t.equal(messages.length, 5)
  t.match(messages[0]?.content, /year 2/)
})

test('no memory is kept of other conversations, of small talk, of other people', async (t) => {
  const { model, requests } = talkative()
  const world = createWorld(documents(), model, {
    config: { MEMORY_TOKENS: 2000, ANSWER_TOKENS: 100, CACHE_TTL_MS: 0 },
  })
  await world.ask(first, staff)
  await world.ask({ message: 'hello', conversation_id: 'c2' }, staff)
  await world.ask({ ...second, conversation_id: 'c2' }, staff)
  await world.ask(second, principal({ subject: 'lee', groups: ['hr'] }))
  t.equal(requests.length, 3)
  t.ok(requests.every((request) => request.messages.length === 1))
})

test('overlapping turns are remembered with the question that they answer', async (t) => {
  const { model, requests } = talkative()
  const world = createWorld(documents(), model)
  await Promise.all([world.ask(first, staff), world.ask(second, staff)])
  await world.ask({ ...first, message: 'And annual leave in March?' }, staff)
  const said = requests.at(-1)?.messages.map((message) => message.role)
  t.same(said, ['user', 'assistant', 'user', 'assistant', 'user'])
})

test('a follow-up that cannot be rewritten is searched for as it was asked, and the answer says so', async (t) => {
  for (const failing of [new KassError('model_throttled'), '', 'x'.repeat(2000)]) {
    const { model } = scripted((request) => (isCondense(request.system) ? failing : 'So it is [1].'))
    const world = createWorld(documents(), model)
    await world.ask(first, staff)
    const answer = await world.ask(second, staff)
    t.match(answer, { grounded: true, notices: [/as it was asked/] })
    t.match(await world.chat.trace(staff, answer.message_id), { searched: second.message })
  }
})
