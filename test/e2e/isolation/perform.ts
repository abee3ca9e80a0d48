import assert from 'node:assert/strict'
import type { Caller } from './callers.ts'
import { onDocument, removeByPrefix, upload } from './document-operations.ts'
import { mayKnowOf } from './knowledge.ts'
import { type Filter, type Operation, questions } from './operations.ts'
import { documentAt, likeUnknown, ownerOf, type Run, settle, watched } from './run.ts'

function filtersFor(run: Run, caller: Caller, filter: Filter, at: number): object | undefined {
  const word = documentAt(run, caller, at)?.attributeWord ?? 'nothing'
  if (filter === 'path') return { path: run.prefix }
  // Ids of both tenants at once.
  if (filter === 'document') return { document_ids: ['doc_aa', ...[...run.documents.values()].map(({ id }) => id)] }
  if (filter === 'tag') return { tags: [word] }
  return filter === 'metadata' ? { metadata: { code: word } } : undefined
}

async function chat(run: Run, caller: Caller, operation: Operation & { kind: 'chat' }): Promise<void> {
  const { stream, conversation, question, filter, document } = operation
  const conversation_id = conversation === 0 ? undefined : `${run.prefix.slice(0, -1)}-${conversation}`
  const filters = filtersFor(run, caller, filter, document)
  const body = { message: questions[question], conversation_id, filters, stream }
  const answer = await watched(run, caller, 'chat', () => caller.server.call('POST', '/chat', body), {
    remembers: true,
  })
  assert.equal(answer.status, 200)
  const done = stream ? JSON.parse(/^event: done\ndata: (.*)$/m.exec(answer.body)?.[1] ?? 'null') : answer.body
  assert.ok(done, `the stream ended with done: ${answer.body}`)
  const owner = ownerOf(caller)
  run.answers.push({ owner, conversation: done.conversation_id, id: done.message_id })
  run.conversations.set(owner, (run.conversations.get(owner) ?? new Set()).add(done.conversation_id))
  if (done.cached) run.seen.cached = (run.seen.cached ?? 0) + 1
}

async function onConversation(run: Run, caller: Caller, { conversation, what }: Operation & { kind: 'conversation' }) {
  const id = `${run.prefix.slice(0, -1)}-${conversation}`
  const own = run.conversations.get(ownerOf(caller))
  const [method, suffix, body, status] = {
    look: ['GET', '', undefined, 200] as const,
    read: ['GET', '/messages', undefined, 200] as const,
    rename: ['PATCH', '', { title: 'Another title' }, 200] as const,
    forget: ['DELETE', '', undefined, 204] as const,
  }[what]
  const send = () => caller.server.call(method, `/conversations/${id}${suffix}`, body)
  const answer = await watched(run, caller, what, send, { remembers: true })
  if (!own?.has(id)) return likeUnknown(caller, answer, method, `/conversations/nobodys${suffix}`, body)
  assert.equal(answer.status, status)
  if (what === 'forget') own.delete(id)
  if (what === 'read' && JSON.stringify(answer.body).includes('"redacted":true'))
    run.seen.redacted = (run.seen.redacted ?? 0) + 1
}

/** Every page of a list; each page is watched. */
async function everyPage(run: Run, caller: Caller, name: string, path: string): Promise<{ id: string }[]> {
  const all: { id: string }[] = []
  for (let cursor = ''; ; ) {
    const { status, body } = await watched(run, caller, name, () => caller.server.call('GET', path + cursor))
    assert.equal(status, 200)
    all.push(...body.items)
    if (body.cursor === undefined) return all
    cursor = `&cursor=${encodeURIComponent(body.cursor)}`
  }
}

/** Does an operation and checks everything that can be checked of its outcome. */
export async function perform(run: Run, operation: Operation): Promise<void> {
  if (operation.kind === 'settle') return settle(run)
  const caller = run.world.callers[operation.caller % run.world.callers.length]
  assert.ok(caller)
  const owner = ownerOf(caller)
  switch (operation.kind) {
    case 'upload':
      return upload(run, caller, operation)
    case 'chat':
      return chat(run, caller, operation)
    case 'conversation':
      return onConversation(run, caller, operation)
    case 'search': {
      const { mode, query, filter, document } = operation
      const guess = documentAt(run, caller, document)?.contentWord ?? documentAt(run, caller, document)?.attributeWord
      const text = query === 'guess' && guess ? guess : 'secret code of the harbour plan'
      const body = { query: text, mode, filters: filtersFor(run, caller, filter, document), limit: 20 }
      await watched(run, caller, 'search', async () => {
        const answer = await caller.server.call('POST', '/search', body)
        assert.equal(answer.status, 200, JSON.stringify(answer.body))
        assert.equal(answer.body.query, text)
        const { query: _, ...rest } = answer.body
        return { ...answer, body: rest }
      })
      return
    }
    case 'list': {
      const listed = await everyPage(run, caller, 'list', `/documents?prefix=${run.prefix}&limit=${operation.limit}`)
      const wanted = [...run.documents.values()].filter((known) => known.alive && mayKnowOf(caller, known))
      assert.deepEqual(listed.map(({ id }) => id).sort(), wanted.map(({ id }) => id).sort())
      return
    }
    case 'remove-prefix':
      return removeByPrefix(run, caller, operation)
    case 'conversations': {
      const listed = await everyPage(run, caller, 'conversations', `/conversations?limit=${operation.limit + 20}`)
      const ids = new Set(listed.map(({ id }) => id))
      for (const [other, foreign] of run.conversations)
        for (const id of foreign) {
          if (other === owner) assert.ok(ids.has(id))
          else if (!run.conversations.get(owner)?.has(id))
            assert.ok(!ids.has(id), `${id} of ${other} for ${caller.name}`)
        }
      return
    }
    case 'trace':
    case 'feedback': {
      const given = run.answers[operation.answer % Math.max(1, run.answers.length)]
      if (!given) return
      const [method, about, body] =
        operation.kind === 'trace'
          ? (['GET', (id: string) => `/answers/${id}/trace`, undefined] as const)
          : (['POST', (id: string) => `/messages/${id}/feedback`, { rating: 'down', comment: 'Not this.' }] as const)
      const send = () => caller.server.call(method, about(given.id), body)
      const answer = await watched(run, caller, operation.kind, send, { remembers: true })
      if (given.owner !== owner || !run.conversations.get(owner)?.has(given.conversation))
        return likeUnknown(caller, answer, method, about('01ARZ3NDEKTSV4RRFFQ69G5FAV'), body)
      assert.equal(answer.status, 200)
      return
    }
    default:
      return onDocument(run, caller, operation)
  }
}
