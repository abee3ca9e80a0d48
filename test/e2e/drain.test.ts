import { once } from 'node:events'
import { type Test, test } from 'tap'
import { ask, textOf } from './chat-events.ts'
import { message, tillDelta, whole, world } from './lighthouse.ts'
import { processesOf } from './processes.ts'
import { eventually, type LocalServer } from './server.ts'

/** 100 streams of which each has begun and none can end. */
async function openMany(t: Test, server: LocalServer, model: Awaited<ReturnType<typeof world>>['model']) {
  const { promise: goOn, resolve: letGo } = Promise.withResolvers<void>()
  model.faults.always({ pauseAfter: 3, goOn })
  const streams = await Promise.all(
    Array.from({ length: 100 }, (_, at) => ask(server, { message, conversation_id: `many-${at}` })),
  )
  const begun = await Promise.all(streams.map(tillDelta))
  t.equal(begun.filter((delta) => delta?.event === 'delta').length, 100)
  const ends = streams.map(async (events, at) => {
    const rest = await events.rest()
    return { text: (begun[at]?.data.text ?? '') + textOf(rest), last: rest.at(-1)?.event }
  })
  return { letGo, ends }
}

for (const [name, pidOf] of [
  ['npm start', (pid: number) => pid],
  ['the process group, as Ctrl-C and containers do', (pid: number) => -pid],
] as const) {
  test(`SIGTERM to ${name} under 100 streams truncates none`, async (t) => {
    const { model, server } = await world(t)
    const { letGo, ends } = await openMany(t, server, model)
    const ended = once(server.process, 'exit')
    process.kill(pidOf(server.process.pid ?? 0), 'SIGTERM')
    const health = await eventually('/health to say 503', async () => {
      const answer = await server.call('GET', '/health')
      return answer.status === 200 ? undefined : answer
    })
    t.equal(health.status, 503)
    t.match(health.body, { code: 'shutting_down' })
    t.equal((await server.call('POST', '/chat', { message })).status, 503, 'nothing new is begun')
    t.equal((await server.call('GET', '/health')).status, 503, 'it listens for as long as something is open')
    letGo()
    const found = await Promise.all(ends)
    t.same(
      found.filter(({ text, last }) => text !== whole || last !== 'done'),
      [],
      'each is whole and ends with done',
    )
    t.equal(model.counters.aborted, 0)
    const [code] = await ended
    t.equal(code, 0)
    await t.rejects(fetch(`${server.url}/health`), 'nobody listens any more')
  })
}

test('after a kill -9 of the API in mid-stream the next one answers, and the question is in the conversation', async (t) => {
  const { model, server } = await world(t)
  model.faults.next({ stallAfter: 2 })
  const { aborted } = model.counters
  const events = await ask(server, { message, conversation_id: 'cut' })
  await tillDelta(events)
  const { api, worker } = processesOf(server)
  process.kill(api, 'SIGKILL')
  const killedAt = performance.now()
  await t.rejects(events.rest(), 'the reader notices')
  await model.until((counters) => counters.aborted > aborted)
  await eventually(
    'the next API',
    async () => {
      const response = await fetch(`${server.url}/health`).catch(() => undefined)
      return response?.status === 200 ? response : undefined
    },
    10_000,
  )
  t.comment(`answered again after ${Math.round(performance.now() - killedAt)} ms`)
  const { body } = await server.call('GET', '/conversations/cut/messages')
  t.match(body.items[0], { role: 'user', content: message })
  t.match((await server.call('POST', '/chat', { message, conversation_id: 'cut' })).body, { answer: whole })
  t.equal(processesOf(server).worker, worker, 'the worker is the one that it was')
})
