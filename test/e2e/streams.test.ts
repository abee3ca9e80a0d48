import { test } from 'tap'
import { ask, textOf } from './chat-events.ts'
import { message, tillDelta, whole, world } from './lighthouse.ts'

test('a stream as its reader sees it', async (t) => {
  const { model, server } = await world(t)
  // What a test before has set must not be left for the next one.
  t.beforeEach(() => model.faults.always(undefined))

  await t.test('the first events come before the model has said its last word', async (t) => {
    const { promise: goOn, resolve: letGo } = Promise.withResolvers<void>()
    model.faults.next({ pauseAfter: 3, goOn })
    const events = await ask(server, { message })
    t.match(events.response.headers.get('content-type'), /^text\/event-stream/)
    const start = await events.nextEvent()
    t.match(start, { event: 'start', data: { conversation_id: String, message_id: String } })
    const delta = await tillDelta(events)
    t.ok(delta?.data.text !== '' && whole.startsWith(delta?.data.text))
    letGo()
    const rest = await events.rest()
    t.equal(delta?.data.text + textOf(rest), whole)
    const done = rest.at(-1)
    t.match(done, { event: 'done', data: { answer: whole, grounded: true, citations: [{ path: 'northcape.md' }] } })
    t.equal(done?.data.message_id, start?.data.message_id)
  })

  await t.test('`start` comes before the model was even reached, and heartbeats while it is silent', async (t) => {
    const { promise: holdUntil, resolve: letGo } = Promise.withResolvers<void>()
    model.faults.next({ holdUntil })
    const events = await ask(server, { message })
    t.match(await events.next(), { event: 'start' })
    for (let beats = 0; beats < 3; beats++) t.match(await events.next(), { event: 'comment', data: /heartbeat/ })
    letGo()
    t.match((await events.rest()).at(-1), { event: 'done' })
  })

  await t.test('a model that stalls in mid-stream is bridged by heartbeats', async (t) => {
    model.faults.next({ stallAfter: 2 })
    const aborted = model.counters.aborted + 1
    const events = await ask(server, { message })
    await tillDelta(events)
    for (let beats = 0; beats < 3; ) {
      const said = await events.next()
      t.match(said?.event, /^(delta|comment)$/)
      if (said?.event === 'comment') beats++
    }
    events.hangUp()
    await model.until((counters) => counters.aborted >= aborted)
  })

  for (const [name, fault] of [
    ['closes the connection', { cutAfter: 3 }],
    ['sends something that is not JSON', { malformedAfter: 3 }],
    ['ends without saying that it has finished', { endAfter: 3 }],
  ] as const) {
    await t.test(`a model that ${name} in mid-stream ends the stream with one error`, async (t) => {
      model.faults.next(fault)
      const said = await (await ask(server, { message, conversation_id: `c-${Object.keys(fault)[0]}` })).rest()
      t.equal(said[0]?.event, 'start')
      t.ok(textOf(said).length > 0 && whole.startsWith(textOf(said)), textOf(said))
      t.same(
        said.flatMap(({ event }, at) => (event === 'error' || event === 'done' ? [[event, at]] : [])),
        [['error', said.length - 1]],
      )
      t.match(said.at(-1)?.data, { code: 'model_failed', status: 502, request_id: String })
      const { body } = await server.call('GET', `/conversations/c-${Object.keys(fault)[0]}/messages`)
      t.match(body.items[0], { role: 'user', content: message })
      t.match(body.items[1], { role: 'assistant', content: textOf(said), meta: { interrupted: true } })

      model.faults.next(fault)
      const plain = await server.call('POST', '/chat', { message })
      t.equal(plain.status, 502)
      t.match(plain.body, { code: 'model_failed' })
    })
  }

  for (const [status, code, more] of [
    [500, 'model_unavailable', {}],
    [503, 'model_unavailable', {}],
    [429, 'model_throttled', { retryAfter: '7' }],
    [401, 'model_refused', {}],
  ] as const) {
    await t.test(`a model that answers ${status} is reported as ${code}, as JSON and as an event`, async (t) => {
      model.faults.always({ status, ...more })
      const plain = await server.call('POST', '/chat', { message })
      t.equal(plain.status, status === 429 ? 429 : 502)
      t.match(plain.headers.get('content-type'), /^application\/problem\+json/)
      t.match(plain.body, { code, status: plain.status })
      if (status === 429) {
        t.equal(plain.headers.get('retry-after'), '7')
        t.equal(plain.body.retry_after, 7)
      }
      const said = await (await ask(server, { message })).rest()
      t.same(
        said.map(({ event }) => event),
        ['start', 'error'],
      )
      t.match(said[1]?.data, { code, ...(status === 429 && { retry_after: 7 }) })
    })
  }

  for (const stream of [true, false]) {
    for (const [when, fault] of [
      ['before the first word', { holdUntil: new Promise(() => {}) }],
      ['in the middle', { stallAfter: 3 }],
    ] as const) {
      await t.test(`hanging up ${when} ends the model's call, stream: ${stream}`, async (t) => {
        const { chat, chunks, aborted, finished } = model.counters
        model.faults.next(fault)
        const leaving = new AbortController()
        const asked = fetch(`${server.url}/chat`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ message, stream }),
          signal: leaving.signal,
        })
        asked.catch(() => {})
        await model.until((now) => now.chat > chat && (when === 'before the first word' || now.chunks >= chunks + 3))
        t.equal(model.counters.aborted, aborted)
        leaving.abort()
        await model.until((now) => now.aborted > aborted)
        t.equal(model.counters.finished, finished)
        await t.rejects(asked.then((response) => response.text()))
      })
    }
  }
})

test('a model that is silent for too long is given up, and the stream says so last', async (t) => {
  const { model, server } = await world(t, { MODEL_TIMEOUT_MS: '300' })
  model.faults.always({ stallAfter: 2 })
  const said = await (await ask(server, { message })).rest()
  t.match(said.at(-1), { event: 'error', data: { code: 'model_timeout', status: 504 } })
  const plain = await server.call('POST', '/chat', { message })
  t.equal(plain.status, 504)
  t.match(plain.body, { code: 'model_timeout' })
  await model.until((now) => now.aborted >= 2)
})
