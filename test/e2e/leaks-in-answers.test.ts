import { test } from 'tap'
import { ask } from './chat-events.ts'
import { type Caller, startWorld } from './isolation/callers.ts'
import { askFor, named, put, said } from './isolation/ferries.ts'
import { newWord } from './isolation/knowledge.ts'
import type { Answer } from './server.ts'

test('what the documents say stays with those it is for', async (t) => {
  const world = await startWorld(t)
  const { model } = world
  const [ax, ay, annY] = [named(world, 'a/x'), named(world, 'a/y'), named(world, 'a/y of ann')]
  const [none, all, bx, bAll] = [named(world, 'a/none'), named(world, 'a/*'), named(world, 'b/x'), named(world, 'b/*')]
  const prompts = () => JSON.stringify(model.requests.filter(({ path }) => path === '/chat/completions'))
  t.beforeEach(() => {
    model.faults.always(undefined)
    model.requests.splice(0)
  })

  await t.test(
    'a question that others were answered from the cache is answered to each by its own rights',
    async (t) => {
      const [forX, forY, forB] = [newWord(), newWord(), newWord()]
      for (const [caller, reader, path, word, groups] of [
        [ax, all, 'one/x.md', forX, 'x'],
        [ay, all, 'one/y.md', forY, 'y'],
        [bx, bAll, 'one/x.md', forB, 'x'],
      ] as const)
        await reader.server.settled(await put(caller, path, word, groups), 'ready')
      const question = askFor('one/x.md')
      const answers = new Map<Caller, Answer['body']>()
      for (const caller of [ax, ay, annY, none, all, bx, bAll]) {
        const first = await caller.server.call('POST', '/chat', question)
        answers.set(caller, first.body)
        const again = await caller.server.call('POST', '/chat', question)
        t.equal(again.body.answer, first.body.answer)
        for (const word of [forX, forY, forB]) {
          const mayX = word === forX && (caller === ax || caller === all)
          const mayY = word === forY && (caller === ay || caller === annY || caller === all)
          const mayB = word === forB && caller.tenant === 'b'
          if (!mayX && !mayY && !mayB) t.notMatch(said(first) + said(again), word, `${word} for ${caller.name}`)
        }
      }
      t.match(answers.get(ax), { answer: forX, cached: false })
      t.match(answers.get(bx), { answer: forB, cached: false })
      t.match(answers.get(none), { grounded: false, cached: false })
    },
  )

  await t.test('a cached answer tells nothing of how another one put the question', async (t) => {
    await all.server.settled(await put(ay, 'asked/y.md', newWord(), 'y'), 'ready')
    await ay.server.call('POST', '/chat', { message: 'what IS the secret name\tof the ferry ASKED/y.md?' })
    const mine = { message: 'What is the secret name of the ferry asked/y.md?' }
    const { body } = await annY.server.call('POST', '/chat', mine)
    t.equal(body.cached, true, 'ann of group y gets the answer that bob of group y was given')
    const trace = await annY.server.call('GET', `/answers/${body.message_id}/trace`)
    t.match(trace.body, { question: mine.message, searched: mine.message })
  })

  await t.test('a document that is moved to another group in mid-conversation leaves the conversation', async (t) => {
    const word = newWord()
    const id = await put(ax, 'moved.md', word, 'x')
    await all.server.settled(id, 'ready')
    const talk = { ...askFor('moved.md'), conversation_id: 'moved' }
    const first = await ax.server.call('POST', '/chat', talk)
    t.match(first.body, { answer: word, citations: [{ document_id: id }] })
    const before = await ax.server.call('POST', '/chat', { ...talk, message: 'And what else is known of it?' })
    t.match(prompts(), word)
    model.requests.splice(0)

    t.equal((await all.server.call('PATCH', `/documents/${id}`, { groups: ['y'] })).status, 200)
    const follow = await ax.server.call('POST', '/chat', { ...talk, message: 'And how was it called?' })
    const repeated = await ax.server.call('POST', '/chat', talk)
    const alone = await ax.server.call('POST', '/chat', askFor('moved.md'))
    t.notMatch(prompts(), word, 'the model is not told')
    const history = await ax.server.call('GET', '/conversations/moved/messages')
    const traces = [first, before].map(({ body }) => ax.server.call('GET', `/answers/${body.message_id}/trace`))
    for (const answer of [follow, repeated, alone, history, ...(await Promise.all(traces))]) {
      t.notMatch(said(answer), word)
      t.notMatch(said(answer).replaceAll(talk.message, ''), 'moved.md')
    }
    t.match(
      history.body.items.map(({ redacted }: { redacted: boolean }) => redacted),
      [false, true, false, true],
    )
    for (const path of ['', '/content', '/chunks'])
      t.equal((await ax.server.call('GET', `/documents/${id}${path}`)).status, 404)

    await all.server.settled(id, 'ready')
    t.match((await ay.server.call('POST', '/chat', askFor('moved.md'))).body.answer, word, 'group y has it now')
    await all.server.call('PATCH', `/documents/${id}`, { groups: ['x'] })
    const again = await ax.server.call('GET', '/conversations/moved/messages')
    t.match(again.body.items[1], { content: word, redacted: false }, 'it comes back with the right')
  })

  for (const [what, method, body] of [
    ['hidden', 'PATCH', { groups: ['y'] }],
    ['deleted', 'DELETE', undefined],
  ] as const) {
    await t.test(`an answer on a document that is ${what} while the model writes is not given`, async (t) => {
      const word = newWord()
      const path = `${what}-meanwhile.md`
      const id = await put(ax, path, word, 'x')
      await all.server.settled(id, 'ready')
      const { promise: goOn, resolve: letGo } = Promise.withResolvers<void>()
      model.faults.always({ pauseAfter: 4, goOn })
      const { chunks } = model.counters
      const plain = ax.server.call('POST', '/chat', { ...askFor(path), conversation_id: what })
      const stream = await ask(ax.server, { ...askFor(path), conversation_id: `${what}-2` })
      await model.until((now) => now.chunks >= chunks + 8)
      t.match(String((await all.server.call(method, `/documents/${id}`, body)).status), /^20[02]$/)
      letGo()
      const answer = await plain
      t.match(answer.body, { code: 'conflict', status: 409 })
      t.notMatch(said(answer), word)
      t.match((await stream.rest()).at(-1), { event: 'error', data: { code: 'conflict' } })
      for (const conversation of [what, `${what}-2`])
        t.notMatch(said(await ax.server.call('GET', `/conversations/${conversation}/messages`)), word)
      model.faults.always(undefined)
      t.notMatch(said(await ax.server.call('POST', '/chat', askFor(path))), word, 'and it was not kept')
    })
  }

  await t.test('a version that is replaced by one for more people stays with those it was for', async (t) => {
    const [inner, outer] = [newWord(), newWord()]
    const id = await put(ax, 'published.md', inner, 'x')
    await all.server.settled(id, 'ready')
    const { promise: holdUntil, resolve: letGo } = Promise.withResolvers<void>()
    // The worker cannot finish the new version, so that the old one goes on answering.
    model.faults.always({ holdUntil })
    t.equal(await put(ax, 'published.md', outer, ''), id)
    const filters = { document_ids: [id] }
    for (const path of ['', '/content', '/chunks']) {
      const answer = await ay.server.call('GET', `/documents/${id}${path}`)
      t.equal(answer.status, 200, 'the document is for everybody now')
      t.notMatch(said(answer), inner, path)
    }
    const search = await ay.server.call('POST', '/search', { query: 'secret name of the ferry', mode: 'text', filters })
    t.same(search.body.results, [])
    t.match(said(await ax.server.call('GET', `/documents/${id}/chunks`)), inner, 'group x still sees what answers')
    letGo()
    model.faults.always(undefined)
    await all.server.settled(id, 'ready')
    t.match(said(await ay.server.call('GET', `/documents/${id}/chunks`)), outer)
  })
})
