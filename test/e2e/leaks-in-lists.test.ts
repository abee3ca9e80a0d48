import { test } from 'tap'
import { ask } from './chat-events.ts'
import { keyFor, startWorld } from './isolation/callers.ts'
import { askFor, named, put, said } from './isolation/ferries.ts'
import { newWord } from './isolation/knowledge.ts'
import { eventually } from './server.ts'

/**
 * What is left of cursors without what is the owner's own anyway: times of the own turns, and names of 16 letters or more
 * that are made of the own identity or by chance. A number that counts something is left.
 */
function withoutOwn({ list, messages }: { list: string; messages: string[] }): unknown {
  return [list, ...messages].map((cursor) =>
    Buffer.from(cursor, 'base64url')
      .toString()
      .replace(/\d{13,}/g, 'time')
      .replace(/[\w-]{16,}/g, 'name'),
  )
}

test('nobody can tell what else there is', async (t) => {
  const world = await startWorld(t)
  const [ax, ay, none, all] = [named(world, 'a/x'), named(world, 'a/y'), named(world, 'a/none'), named(world, 'a/*')]
  const [bx, bAll] = [named(world, 'b/x'), named(world, 'b/*')]

  await t.test(
    'filters and searches for a hidden document find what they find for one that is not there',
    async (t) => {
      const word = newWord()
      const fields = { groups: 'x', tags: word, metadata: JSON.stringify({ word }) }
      const uploaded = await ax.server.upload(`hidden/${word}.md`, `# Hidden\n\nThe ${word} is hidden.\n`, fields)
      const { id } = uploaded.body
      await all.server.settled(id, 'ready')
      const other = newWord()
      const unknown = 'doc_aaaaaaaaaaaaaaaaaaaaaaaa'
      for (const caller of [ay, none, bx, bAll]) {
        for (const mode of ['text', 'vector', 'hybrid']) {
          const find = async (query: string, filters?: object) => {
            const { body } = await caller.server.call('POST', '/search', { query, mode, filters })
            return { ...body, query: undefined }
          }
          t.same(await find('hidden', { document_ids: [id] }), await find('hidden', { document_ids: [unknown] }))
          t.same(await find('hidden', { tags: [word] }), await find('hidden', { tags: [other] }))
          t.same(await find('hidden', { metadata: { word } }), await find('hidden', { metadata: { word: other } }))
          t.same(await find('hidden', { path: `hidden/${word}` }), await find('hidden', { path: `hidden/${other}` }))
        }
        t.notMatch(said(await caller.server.call('POST', '/search', { query: 'what is hidden' })), word)
        for (const method of ['GET', 'HEAD', 'PATCH', 'DELETE']) {
          const body = method === 'PATCH' ? { title: 'Mine' } : undefined
          const [hidden, nothing] = await Promise.all(
            [id, unknown].map((one) => caller.server.call(method, `/documents/${one}`, body)),
          )
          t.equal(hidden?.status, 404)
          const own = { request_id: '', trace_id: '' }
          t.same({ ...hidden?.body, ...own }, { ...nothing?.body, ...own }, method)
          t.equal(hidden?.headers.get('content-length'), nothing?.headers.get('content-length'))
        }
        for (const query of ['', '?status=ready', '?status=gone', `?prefix=hidden/`, `?cursor=${btoa('"hidden/"')}`])
          t.notMatch(said(await caller.server.call('GET', `/documents${query}`)), word, query)
      }
      await all.server.call('DELETE', `/documents/${id}`)
      t.match(
        said(await ax.server.call('GET', '/documents?status=gone&prefix=hidden/')),
        word,
        'its own may see the receipt',
      )
      for (const caller of [ay, none, bx]) {
        t.notMatch(said(await caller.server.call('GET', '/documents?status=gone')), word)
        t.equal((await caller.server.call('GET', `/documents/${id}`)).status, 404)
      }
    },
  )

  await t.test('scores in one tenant do not depend on the documents of another', async (t) => {
    const id = await put(all, 'score.md', 'ordinary', '')
    await all.server.settled(id, 'ready')
    const scores = async () => {
      const body = { query: 'ordinary secret ferry', filters: { document_ids: [id] } }
      return (await all.server.call('POST', '/search', body)).body.results[0].scores
    }
    const before = await scores()
    for (let at = 0; at < 5; at++)
      await bAll.server.settled(await put(bAll, `score-${at}.md`, `ordinary ${newWord()}`, ''), 'ready')
    t.same(await scores(), before)
  })

  await t.test('cursors and counts of conversations do not tell how much others talk', async (t) => {
    // Two owners do the same; between the turns of the second one others are busy.
    const talk = async (subject: string, meanwhile: () => Promise<unknown>) => {
      const server = await keyFor(world.server, { name: subject, tenant: 'a', subject, groups: [] })
      for (const id of ['cursor-1', 'cursor-2', 'cursor-3']) {
        for (const message of ['Hello', 'Thank you']) {
          await server.call('POST', '/chat', { message, conversation_id: id })
          await meanwhile()
        }
      }
      const own = { chats: await server.call('GET', '/conversations?limit=2'), messages: [''] }
      for (const id of ['cursor-1', 'cursor-3']) {
        const { body } = await server.call('GET', `/conversations/${id}/messages?limit=3`)
        own.messages.push(body.cursor)
      }
      return { list: own.chats.body.cursor, messages: own.messages }
    }
    const alone = await talk('alone', async () => undefined)
    const crowded = await talk('crowded', async () => {
      for (const caller of [ax, bx, ay]) await caller.server.call('POST', '/chat', { message: 'Hello' })
    })
    t.type(alone.list, 'string')
    // The embedded cursors are counts of the owner's own, equal to the letter; only another storage puts more into them.
    if (process.env.KASS_E2E_STORAGE) t.same(withoutOwn(crowded), withoutOwn(alone))
    else t.same(crowded, alone)
  })

  await t.test('a path that is taken over after a deletion tells nothing of its former life', async (t) => {
    const [former, latter] = [newWord(), newWord()]
    const id = await put(ax, 'path.md', former, 'x')
    await all.server.settled(id, 'ready')
    const talk = { ...askFor('path.md'), conversation_id: 'former' }
    t.match((await ax.server.call('POST', '/chat', talk)).body.answer, former)
    t.equal((await ay.server.upload('path.md', 'Mine.', { groups: 'y' })).status, 403, 'it is taken')
    await ax.server.call('DELETE', `/documents/${id}`)
    t.equal(await put(ay, 'path.md', latter, 'y'), id)
    await all.server.settled(id, 'ready')
    const views = ['', '/content', '/chunks'].map((path) => ay.server.call('GET', `/documents/${id}${path}`))
    for (const answer of await Promise.all(views)) t.notMatch(said(answer), former)
    for (const answer of [
      await ax.server.call('GET', '/conversations/former/messages'),
      await ax.server.call('POST', '/chat', { ...talk, message: 'What was it?' }),
      await ax.server.call('GET', `/documents/${id}`),
      await ax.server.call('POST', '/search', { query: 'secret name of the ferry path.md' }),
    ])
      t.notMatch(said(answer), new RegExp(`${former}|${latter}`))
    t.notMatch(said(await all.server.call('POST', '/search', { query: 'secret name of the ferry path.md' })), former)
  })

  await t.test('a key that was revoked sees nothing from then on, not even what is cached', async (t) => {
    const made = await world.server.kass('keys', 'create', '--json', '--name', 'temp', '--tenant', 'a', '--groups', 'x')
    const { key } = JSON.parse(made.stdout)
    const headers = { 'x-api-key': key }
    t.equal((await world.server.call('POST', '/chat', { message: 'Hello' }, headers)).status, 200)
    await world.server.kass('keys', 'revoke', key)
    for (const [method, path, body] of [
      ['POST', '/chat', { message: 'Hello' }],
      ['POST', '/search', { query: 'ferry' }],
      ['GET', '/documents', undefined],
      ['GET', '/conversations', undefined],
    ] as const)
      t.match(await world.server.call(method, path, body, headers), { status: 401, body: { code: 'unauthorized' } })
  })

  await t.test('no cache between server and caller may keep what was answered', async (t) => {
    const { body } = await all.server.upload('kept.md', '# Kept\n\nA page.\n')
    await eventually('the page', async () => {
      const { headers, status } = await all.server.call('GET', `/documents/${body.id}/content`)
      return status === 200 ? headers : undefined
    })
    for (const path of ['/documents', `/documents/${body.id}`, `/documents/${body.id}/content`, '/conversations'])
      t.match((await all.server.call('GET', path)).headers.get('cache-control'), /no-store/, path)
    const stream = await ask(all.server, { message: 'Hello' })
    t.match(stream.response.headers.get('cache-control'), /no-store|no-cache/)
    await stream.rest()
  })
})
