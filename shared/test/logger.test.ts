import { Writable } from 'node:stream'
import { test } from 'tap'
import { createLogger } from '../logger.ts'

test('a line is JSON with its level as a word, and what could carry a key or a passage is blanked out', async (t) => {
  let written = ''
  const sink = new Writable({
    write(chunk, _encoding, done) {
      written += chunk
      done()
    },
  })
  const logger = createLogger({ level: 'info', name: 'api' }, sink)
  const secret = 'hush-hush-value'
  logger.info(
    { apiKey: secret, authorization: secret, prompt: secret, text: secret, content: secret, latency: 3 },
    'one',
  )
  logger.error(
    { request: { authorization: secret, 'x-api-key': secret }, passage: { text: secret }, code: 'internal' },
    'two',
  )
  logger.debug('not logged')
  const [first, second, ...rest] = written.trim().split('\n')
  t.equal(rest.length, 0)
  t.match(JSON.parse(first ?? ''), { level: 'INFO', service: 'api', latency: 3, message: 'one' })
  t.match(JSON.parse(second ?? ''), { level: 'ERROR', code: 'internal' })
  t.notMatch(written, secret)
})
