import { test } from 'tap'
import { createLogger } from '../../logger.ts'
import { redacted, scrubber } from '../redaction.ts'

test('secrets are blanked out by their form, wherever in a line they stand', async (t) => {
  const scrub = scrubber([])
  for (const secret of [
    `kass_abcdefghijklmnop_${'A'.repeat(43)}`,
    'Bearer abcdefgh.ijkl-mnop',
    'Basic dXNlcjpwYXNzd29yZA==',
    'sk-abcdefgh12345678',
    'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl',
    'AKIAIOSFODNN7EXAMPLE',
  ])
    t.equal(scrub(`{"message":"before ${secret} after"}`), `{"message":"before ${redacted} after"}`, secret)
  const url = 'https://b.s3/x?X-Amz-Credential=AKID&X-Amz-Signature=abc123&X-Amz-Security-Token=tok&versionId=3'
  t.equal(
    scrub(url),
    `https://b.s3/x?X-Amz-Credential=${redacted}&X-Amz-Signature=${redacted}&X-Amz-Security-Token=${redacted}&versionId=3`,
  )
  const plain =
    '{"message":"request","requestId":"01M8H1S8SSP6563MYV88FFAFDC","route":"/documents/:id","task":"risk-free-planning"}'
  t.equal(scrub(plain), plain, 'and nothing else is')
})

test('the secrets of the settings are blanked out by their values, as JSON writes them', async (t) => {
  const scrub = scrubber(['pass"word\\one', 'abc'])
  t.equal(scrub(JSON.stringify({ a: 'x pass"word\\one y' })), `{"a":"x ${redacted} y"}`)
  t.equal(scrub('{"a":"abc"}'), '{"a":"abc"}', 'one so short would blank out half of the log')
})

test('an error is logged with its causes, and without the request and answer that clients attach to it', async (t) => {
  let line = ''
  const write = (text: string) => {
    line += text
  }
  const logger = createLogger({ level: 'info', name: 'test' }, { write })
  const hush = 'hush-hush'
  const cause = Object.assign(new Error('inner'), { $response: { headers: { authorization: hush } }, config: hush })
  const error = Object.assign(new Error('outer', { cause }), { code: 'E1', request: { body: hush }, headers: [hush] })
  logger.error({ err: error }, 'one')
  logger.error({ err: new AggregateError([cause], 'many') }, 'two')
  logger.error({ err: { text: hush, anything: hush } }, 'three')
  t.notMatch(line, hush)
  const [first, second] = line
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text))
  t.match(first.err, { type: 'Error', code: 'E1', message: 'outer', stack: /at /, cause: { message: 'inner' } })
  t.match(second.err, { type: 'AggregateError', errors: [{ message: 'inner' }] })
})
