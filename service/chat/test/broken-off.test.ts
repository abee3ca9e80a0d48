import { test } from 'tap'
import { createExtractive } from '../../../shared/adapters/extractive/chat.ts'
import { KassError } from '../../../shared/errors.ts'
import { document, never, principal, scripted } from './support.ts'
import { createWorld } from './world.ts'

const base = () => [document('handbook', 'Employees get 25 days of annual leave. Unused days lapse on 31 March.')]
const extractive = createExtractive({ language: 'english' })
const leave = 'How many days of annual leave do employees get?'

test('a model that fails fails the turn with its code; the question stays, and so does what was said', async (t) => {
  const refusing = createWorld(base(), scripted(() => new KassError('model_throttled', { retryAfterMs: 5000 })).model)
  await t.rejects(refusing.ask(leave), { code: 'model_throttled', retryAfterMs: 5000 })
  t.match(refusing.stored, [{ role: 'user', content: leave }])
  t.equal(refusing.stored.length, 1)

  const breaking = scripted(() => '', {
    async *converse() {
      yield { type: 'text', text: 'It is 25 days [1] and' }
      throw new KassError('model_failed')
    },
  })
  const world = createWorld(base(), breaking.model)
  await t.rejects(world.ask(leave), { code: 'model_failed' })
  t.match(world.stored[1], {
    role: 'assistant',
    content: 'It is 25 days [1] and',
    sources: [{ documentId: 'handbook' }],
    citations: [{ number: 1 }],
    meta: { interrupted: true, error: 'model_failed' },
  })
})

test('a turn that is aborted stops the model, records what was said and ends without done', async (t) => {
  const world = createWorld(base(), scripted(() => 'It is 25 days [1] and some more').model)
  const abort = new AbortController()
  const kinds: string[] = []
  for await (const event of world.chat.turn(principal(), { message: leave }, abort.signal)) {
    kinds.push(event.type)
    if (kinds.length === 4) abort.abort()
  }
  t.same(kinds, ['start', 'delta', 'delta', 'delta'])
  t.match(world.stored[1], { role: 'assistant', meta: { interrupted: true, usage: { estimated: true } } })
  t.ok((world.stored[1]?.content.length ?? 0) < 12)
})

test('a consumer that leaves in the middle ends the model call, and what was said is recorded', async (t) => {
  let ended = false
  const { model } = scripted(() => '', {
    async *converse() {
      try {
        yield { type: 'text', text: 'It is' }
        yield { type: 'text', text: ' 25 days' }
      } finally {
        ended = true
      }
    },
  })
  const world = createWorld(base(), model)
  for await (const event of world.chat.turn(principal(), { message: leave }, never())) if (event.type === 'delta') break
  t.ok(ended)
  t.match(world.stored[1], { content: 'It is', meta: { interrupted: true } })
})

test('an abort while searching ends the turn quietly', async (t) => {
  const abort = new AbortController()
  const retriever = {
    search: async () => {
      abort.abort()
      throw abort.signal.reason
    },
  }
  const world = createWorld(base(), extractive, { retriever })
  t.same(
    (await world.events(leave, principal(), abort.signal)).map((event) => event.type),
    ['start'],
  )
  t.equal(world.stored.length, 1)
})
