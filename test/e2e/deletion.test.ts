import { test } from 'tap'
import { anyServer, eventually } from './server.ts'

test('after a deletion nothing shows of the document any more, and the receipt follows', async (t) => {
  const server = await anyServer(t, { LEASE_MS: '1000', SWEEP_EVERY_MS: '300' })
  const word = `zebrafinch${Date.now()}`
  const path = `e2e-deletion/${word}.md`
  const text = `# Rules\n\nThe secret colour of the ${word} is ultramarine.\n`
  const question = { message: `What is the secret colour of the ${word}?` }

  const uploaded = await server.upload(path, text)
  t.equal(uploaded.status, 202, JSON.stringify(uploaded.body))
  const { id } = uploaded.body
  await server.settled(id, 'ready')

  const conversation_id = `c-${word}`
  const first = await server.call('POST', '/chat', { ...question, conversation_id })
  t.match(first.body, { grounded: true, answer: /ultramarine/, citations: [{ document_id: id }] })
  const alone = await server.call('POST', '/chat', question)
  t.match(alone.body.answer, /ultramarine/)
  const repeated = await server.call('POST', '/chat', question)
  t.match(repeated.body.answer, /ultramarine/, 'it would come from the cache')

  const deleted = await server.call('DELETE', `/documents/${id}`)
  t.equal(deleted.status, 202)

  const search = await server.call('POST', '/search', { query: word })
  t.notMatch(JSON.stringify(search.body.results), /ultramarine/)
  const asked = await server.call('POST', '/chat', question)
  t.notMatch(JSON.stringify(asked.body.citations) + asked.body.answer, /ultramarine/)
  const followUp = await server.call('POST', '/chat', { message: 'And which colour was it?', conversation_id })
  t.notMatch(followUp.body.answer, /ultramarine/)
  const history = await server.call('GET', `/conversations/${conversation_id}/messages`)
  t.notMatch(JSON.stringify(history.body), /ultramarine/, 'the remembered answer is redacted')
  const trace = await server.call('GET', `/answers/${first.body.message_id}/trace`)
  t.notMatch(JSON.stringify(trace.body), new RegExp(`${word}\\.md|ultramarine`))
  const chunks = await server.call('GET', `/documents/${id}/chunks`)
  t.notMatch(JSON.stringify(chunks.body), /ultramarine/)
  const content = await server.call('GET', `/documents/${id}/content`)
  t.notMatch(JSON.stringify(content.body), /ultramarine/)
  const listed = await server.call('GET', `/documents?prefix=${encodeURIComponent(path)}`)
  t.equal(listed.body.items.length, 0)

  const receipt = await eventually('the receipt', async () => {
    const { body } = await server.call('GET', `/documents/${id}`)
    const { receipt } = body
    return receipt?.chunks_purged_at && receipt?.objects_purged_at ? receipt : undefined
  })
  t.ok(receipt.invisible_at <= receipt.chunks_purged_at)

  const back = await server.upload(path, text)
  t.equal(back.status, 202, 'the same bytes are a new upload')
  await server.settled(id, 'ready')
  const again = await server.call('POST', '/chat', question)
  t.match(again.body.answer, /ultramarine/)
  const old = await server.call('GET', `/conversations/${conversation_id}/messages`)
  t.notMatch(JSON.stringify(old.body), /ultramarine/, 'what was said in its former life stays redacted')
  await server.call('DELETE', `/documents/${id}`)
})
