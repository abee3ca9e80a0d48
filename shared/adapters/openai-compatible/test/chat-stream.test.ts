import fc from 'fast-check'
import { test } from 'tap'
import { createChatStream } from '../chat-stream.ts'

const chunk = (content: string | null, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason }] })}\n\n`

test('the text of a stream is the same however its bytes are cut', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.array(fc.nat(200)), (parts, cuts) => {
      const wire = `: comment\n\n${parts.map((part) => chunk(part)).join('')}${chunk(null, 'stop')}data: [DONE]\n\n`
      const stream = createChatStream()
      let text = ''
      let at = 0
      for (const length of cuts) {
        text += stream.feed(wire.slice(at, at + length))
        at += length
      }
      text += stream.feed(wire.slice(at))
      return text === parts.join('') && stream.done && stream.reason === 'end'
    }),
  )
  t.pass('for every stream and every cut')
})

test('usage may come with empty choices or without any, and what follows [DONE] is not read', async (t) => {
  const stream = createChatStream()
  stream.feed('data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}\n\n')
  t.same(stream.usage, { inputTokens: 3, outputTokens: 4 })
  stream.feed('data: {"usage":{"prompt_tokens":5,"completion_tokens":6}}\n\ndata: [DONE]\n\n')
  t.same(stream.usage, { inputTokens: 5, outputTokens: 6 })
  t.equal(stream.feed(chunk('more')), '')
})

test('an error inside a stream, or an event of another shape, is model_failed; what came before it is given', async (t) => {
  const bad = [
    'data: {"error":{"message":"out of memory"}}\n\n',
    'data: {"hello":1}\n\n',
    `data: "${'x'.repeat(5_000_000)}`,
  ]
  for (const wire of bad) {
    const stream = createChatStream()
    t.equal(stream.feed(chunk('Twenty ') + chunk('days') + wire), 'Twenty days')
    t.match(stream.broken, { code: 'model_failed' })
  }
})
