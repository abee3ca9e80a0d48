import { test } from 'tap'
import { createExtractive } from '../../../shared/adapters/extractive/chat.ts'
import { notSaid } from '../../../shared/text/not-said.ts'
import { document, never, principal, scripted } from './support.ts'
import { createWorld } from './world.ts'

const handbook = document('handbook', 'Employees get 25 days of annual leave. Unused days lapse on 31 March.')
const contract = document('contract', 'The notice period of the contract is ninety days.')
const sales = document('sales', '', {
  path: 'sales.csv',
  passages: [
    { kind: 'rows', locator: 'rows 2-3', rowNumbers: [2, 3], text: 'Region | Sales\nNorth | 120\nSouth | 80' },
  ],
})
const base = () => structuredClone([handbook, contract, sales])
const extractive = createExtractive({ language: 'english' })
const leave = 'How many days of annual leave do employees get?'

test('an answer comes with its citation, its route and its numbers, and starts before anything slow', async (t) => {
  const world = createWorld(base(), extractive)
  const events = await world.events(leave)
  t.same(events[0], { type: 'start', conversation_id: 'id1', message_id: 'id2' })
  const answer = events.at(-1)
  t.match(answer, {
    type: 'done',
    answer: {
      answer: 'Employees get 25 days of annual leave. [1]',
      citations: [
        { number: 1, document_id: 'handbook', locator: 'lines 1-3', quote: 'Employees get 25 days of annual leave.' },
      ],
      route: 'documents',
      model: 'extractive',
      generated: false,
      grounded: true,
      cached: false,
      notices: [],
    },
  })
  const deltas = events.map((event) => (event.type === 'delta' ? event.text : '')).join('')
  t.equal(answer?.type === 'done' && answer.answer.answer, deltas)
})

test('the start event is there before the store has answered', async (t) => {
  const world = createWorld(base(), extractive)
  const turn = world.chat.turn(principal(), { message: leave }, never())
  t.match((await turn.next()).value, { type: 'start' })
  t.same(world.seen.order, [])
  await turn.return()
  t.same(world.stored, [])
})

test('the question is stored before the model is called, the answer with its sources after it', async (t) => {
  const { model } = scripted(() => {
    world.seen.order.push('model')
    return '25 days [1].'
  })
  const world = createWorld(base(), model)
  await world.ask({ message: leave, conversation_id: 'c1' })
  t.same(world.seen.order, ['stored user', 'model', 'stored assistant'])
  t.match(world.stored[1], {
    id: 'id1',
    conversationId: 'c1',
    content: '25 days [1].',
    sources: [{ documentId: 'handbook', incarnation: 1 }],
  })
})

test('nothing found, or nothing supported, says so plainly, ungrounded and without citations', async (t) => {
  const world = createWorld(base(), extractive)
  for (const message of ['zzz yyy', 'Are contract employees allowed to bring llamas?']) {
    t.match(await world.ask(message), { answer: notSaid, grounded: false, citations: [] })
  }
  const generating = createWorld(base(), scripted(() => `${notSaid.replace("'", '’')} [1]`).model)
  t.match(await generating.ask(leave), { answer: notSaid, grounded: false, citations: [] })
})

test('a generated answer without a valid citation is ungrounded, and the invalid mark is dropped', async (t) => {
  const world = createWorld(base(), scripted(() => 'It is 25 days [7].').model)
  t.match(await world.ask(leave), { answer: 'It is 25 days.', grounded: false, citations: [] })
})

test('a model that says nothing at all is answered for', async (t) => {
  const world = createWorld(base(), scripted(() => '').model)
  t.match(await world.ask(leave), { answer: notSaid, grounded: false })
})

test('a question for a count over rows gives the rows and the statement that nothing was computed', async (t) => {
  const world = createWorld(base(), extractive)
  const answer = await world.ask('What are the total sales of region North?')
  t.match(answer, { route: 'aggregate', grounded: true, citations: [{ number: 3, locator: 'row 2' }] })
  t.match(answer.answer, /^Region: North; Sales: 120 \[3\]\n\nNothing was counted or computed/)
  t.match(answer.notices, [/Nothing was counted/])
  t.equal((await world.ask(leave)).route, 'documents')
})

test('a question for the longest or the newest over rows says that nothing was computed, whether rows are found or not', async (t) => {
  const world = createWorld(base(), extractive)
  const found = await world.ask('What are the highest sales of region North?')
  t.match(found, { route: 'aggregate', grounded: true, notices: [/^Nothing was counted/] })
  t.match(found.answer, /^Region: North; Sales: 120 \[3\]\n\nNothing was counted or computed/)
  const none = await world.ask('Which region has the highest sales?')
  t.match(none, { route: 'aggregate', grounded: false, answer: notSaid, notices: [/^Nothing was counted/] })
})

test('greetings and "what can you do" name what the caller may see, without search or model', async (t) => {
  const documents = base()
  const secret = documents.find((one) => one.id === 'contract')
  if (secret) secret.groups = ['legal']
  const { model, requests } = scripted(() => 'no')
  const world = createWorld(documents, model)
  const help = await world.ask('What can you help me with?')
  t.match(help, { route: 'help', grounded: false, generated: false, citations: [] })
  t.match(
    help.answer,
    /3 documents are ready \(1 still being read, 2 could not be read\)[\s\S]*Title of contract \(contract\.md\)/,
  )
  const guest = await world.ask('Hello!', principal({ groups: ['sales'] }))
  t.match(guest.answer, /^Hello! [\s\S]* 2 documents are ready/)
  t.notMatch(guest.answer, /contract/)
  t.same([requests.length, world.seen.searches], [0, 0])
  const empty = createWorld([], model)
  t.match((await empty.ask('hi')).answer, /No document is ready yet/)
})

test('thanks are not taken for a hello', async (t) => {
  const world = createWorld(base(), scripted(() => 'no').model)
  for (const message of ['Thank you very much!', 'thanks', 'Vielen Dank', 'Merci beaucoup', '¡Gracias!']) {
    const answer = await world.ask(message)
    t.match(answer, { route: 'greeting', grounded: false, citations: [] })
    t.match(answer.answer, /^You're welcome!/)
  }
  t.match((await world.ask('Hello!')).answer, /^Hello!/)
})

test('another model than the configured one is refused before anything is stored', async (t) => {
  const world = createWorld(base(), extractive)
  await t.rejects(world.ask({ message: leave, model: 'gpt' }), { code: 'invalid_request', place: 'model' })
  t.same(world.stored, [])
  t.ok(await world.ask({ message: leave, model: 'extractive' }))
})

test('one line is logged for a model call, with model, tokens and latency, and never what was said', async (t) => {
  const world = createWorld(base(), scripted(() => 'It is 25 days [1].').model)
  await world.ask(leave)
  t.equal(world.lines.length, 1)
  t.match(JSON.parse(world.lines[0] ?? ''), {
    model: 'scripted',
    inputTokens: 100,
    outputTokens: 10,
    latency: Number,
    outcome: 'end',
  })
  t.notMatch(world.lines[0], /25|annual|leave/)
})
