import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { test } from 'tap'
import { objectKey, parseObjectKey } from '../../../documents/identity.ts'
import { readBody } from '../read-body.ts'

const fixture = (name: string) => readFileSync(join(import.meta.dirname, 'fixtures', `${name}.json`), 'utf8')
const reconcile = (path: string, tenant = 'default') => ({ kind: 'reconcile', tenant, path })
const does = (...jobs: object[]) => ({ jobs, refused: [] })
const record = (key: unknown) => ({ eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', s3: { object: { key } } })
const body = (value: unknown) => JSON.stringify(value)

test("S3's events name the object that was written or removed", async (t) => {
  t.same(readBody(fixture('s3-put')), does(reconcile('red flower+ü 100%.jpg', 'acme')))
  t.same(readBody(fixture('s3-delete-marker')), does(reconcile('HappyFace.jpg')))
})

test("EventBridge's events of S3 are not encoded", async (t) => {
  t.same(readBody(fixture('eventbridge-object-created')), does(reconcile('100% of+ü.md')))
  t.same(readBody(fixture('eventbridge-object-deleted')), does(reconcile('example-key', 'acme')))
})

test('the test event and the markers of folders ask for nothing', async (t) => {
  t.same(readBody(fixture('s3-test-event')), does())
  t.same(readBody(body({ Records: [record('folder/'), record('t/acme/folder/')] })), does())
})

test('every record of an event counts, each document once', async (t) => {
  const records = ['a.md', 'b+c.md', 'a.md', 't/acme/a.md'].map(record)
  t.same(readBody(body({ Records: records })), does(reconcile('a.md'), reconcile('b c.md'), reconcile('a.md', 'acme')))
})

test('what SNS wraps is read, but not what is wrapped twice', async (t) => {
  const wrap = (Message: string) => body({ Type: 'Notification', Subject: 'Amazon S3 Notification', Message })
  t.same(readBody(wrap(fixture('s3-delete-marker'))), does(reconcile('HappyFace.jpg')))
  t.same(readBody(wrap(fixture('s3-test-event'))), does())
  t.match(readBody(wrap(wrap(fixture('s3-put')))), { jobs: [], refused: [/cannot be read/] })
})

test('schedules send our jobs as they are, or as the detail of an event', async (t) => {
  t.same(readBody('{"kind":"sweep"}'), does({ kind: 'sweep' }))
  const envelope = { 'detail-type': 'Compare', source: 'kass', detail: { kind: 'compare' } }
  t.same(readBody(body(envelope)), does({ kind: 'compare' }))
  t.match(readBody(fixture('eventbridge-scheduled')), { jobs: [], refused: [/none of our jobs/] })
})

test('a key that cannot be decoded was not encoded', async (t) => {
  t.same(readBody(body({ Records: [record('100%.md')] })), does(reconcile('100%.md')))
})

test('keys that no document can have are refused, beside those that one can', async (t) => {
  const Records = ['t/UPPER/a.md', 'a.md', 't/default/a.md', 'a//b.md', 7].map(record)
  const { jobs, refused } = readBody(body({ Records }))
  t.same(jobs, [reconcile('a.md')])
  t.match(refused, [/"t\/UPPER\/a.md"/, /"t\/default\/a.md"/, /"a\/\/b.md"/, /names no object/])
})

test('any document comes back from the event of its object', async (t) => {
  const tenant = fc.oneof(fc.constant('default'), fc.stringMatching(/^[a-z0-9-]{1,20}$/))
  const encode = (key: string) => encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/')
  fc.assert(
    fc.property(fc.array(fc.tuple(tenant, fc.string({ unit: 'grapheme', minLength: 1 }))), (documents) => {
      const refs = documents.flatMap(([name, path]) => parseObjectKey(objectKey({ tenant: name, path })) ?? [])
      const keys = refs.filter(({ path }) => !path.endsWith('/')).map(objectKey)
      const wanted = [...new Set(keys)].map((key) => ({ kind: 'reconcile', ...parseObjectKey(key) }))
      t.same(readBody(body({ Records: keys.map((key) => record(encode(key))) })), does(...wanted))
      for (const key of keys) {
        const event = { source: 'aws.s3', 'detail-type': 'Object Created', detail: { object: { key } } }
        t.same(readBody(body(event)), does({ kind: 'reconcile', ...parseObjectKey(key) }))
      }
    }),
  )
})

test('no body at all makes the reader throw, and none goes unanswered', async () => {
  const shapes = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({ Records: fc.anything(), kind: fc.anything(), detail: fc.anything() }, { requiredKeys: [] }).map(body),
    fc.record({ 'detail-type': fc.anything(), source: fc.constant('aws.s3'), detail: fc.anything() }).map(body),
  )
  fc.assert(
    fc.property(shapes, (text) => {
      const { jobs, refused } = readBody(text)
      const nothingAsked = /"Records":\[\]|TestEvent|\/"/.test(text)
      return jobs.length > 0 || refused.length > 0 || nothingAsked
    }),
    { numRuns: 500 },
  )
})
