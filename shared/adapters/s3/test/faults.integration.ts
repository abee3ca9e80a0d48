import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { type Test, test } from 'tap'
import { endpoints } from '../../../../test/stack/endpoints.ts'
import { ref, upload } from '../../../test/contracts/object-store/support.ts'
import { present } from '../../../test/contracts/support.ts'
import { createS3 } from '../client.ts'
import { createS3Objects } from '../objects.ts'
import { partBytes } from '../put.ts'
import { type Meddling, meddler } from './meddler.ts'
import { awsOptions, openS3Objects, unfinished } from './open.ts'

type Meddle = (method: string, url: URL, range: string | undefined) => Meddling

/** The store behind a connection with which somebody meddles. */
async function openMeddled(t: Test, meddle: Meddle, timeoutMs = 5_000) {
  const opened = await openS3Objects(t)
  const endpoint = await meddler(t, endpoints.aws, ({ method = '', url = '/', headers }) =>
    meddle(method, new URL(url, endpoints.aws), headers.range),
  )
  const s3 = createS3({ ...awsOptions(endpoint), timeoutMs })
  t.teardown(() => s3.close())
  const { bucket, clock, scratch } = opened
  return { ...opened, meddled: createS3Objects({ ...s3, bucket, clock, scratch }) }
}

async function stageBig(objects: { stage: ReturnType<typeof createS3Objects>['stage'] }) {
  const bytes = randomBytes(2 * partBytes + 1000)
  return { bytes, staged: await objects.stage(Readable.from([bytes]), { maxBytes: 100_000_000 }) }
}

test('a large object goes in parts, is one object at the end, and has its hash', async (t) => {
  const { objects, other, stored } = await openS3Objects(t)
  const { bytes, staged } = await stageBig(objects)
  const attributes = { title: 'Größe' }
  const head = await staged.commit(ref, { contentType: 'text/csv', attributes })
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  t.match(head, { size: bytes.length, sha256, contentType: 'text/csv', attributes })
  t.same(await other.head(ref), head)
  const body = present(await other.get(ref, head.revision))
  t.ok((await buffer(body)).equals(bytes))
  t.equal(await stored(), 1)
})

for (const [what, isHit] of [
  ['a part', (method, url) => method === 'PUT' && url.searchParams.get('partNumber') === '2'],
  ['the completion', (method, url) => method === 'POST' && url.searchParams.has('uploadId')],
] satisfies [string, (method: string, url: URL) => boolean][]) {
  for (const status of [403, 503]) {
    test(`a large upload of which ${what} fails with ${status} leaves nothing, no part either`, async (t) => {
      const { meddled, objects, s3, bucket, stored, jobs } = await openMeddled(t, (method, url) =>
        isHit(method, url) ? { status } : undefined,
      )
      const { staged } = await stageBig(meddled)
      const failure: unknown = await staged.commit(ref, { contentType: '' }).catch((error: unknown) => error)
      t.match(failure, status === 503 ? { code: 'storage_unavailable' } : { $metadata: { httpStatusCode: 403 } })
      t.same(await unfinished(s3.client, bucket), [])
      t.equal(await objects.head(ref), undefined)
      t.equal(await stored(), 0)
      t.same(await jobs(), [])
    })
  }
}

const long = 'a line of text\n'.repeat(40_000)

for (const [what, how] of [
  ['cut', { cutAfter: 100_000 }],
  ['silent', { silentAfter: 100_000 }],
] satisfies [string, Meddling][]) {
  test(`a download that is ${what} in the middle goes on where it stopped`, async (t) => {
    const ranges: (string | undefined)[] = []
    const meddle: Meddle = (method, _url, range) => {
      if (method !== 'GET') return undefined
      ranges.push(range)
      return ranges.length < 4 ? how : undefined
    }
    const { meddled } = await openMeddled(t, meddle, 200)
    const { revision } = await upload(meddled, long)
    const body = present(await meddled.get(ref, revision))
    t.equal((await buffer(body)).toString(), long)
    t.equal(ranges.length, 4)
    // Where the connection ends hard, not all that was sent must have arrived.
    t.notOk(ranges.slice(1).includes(undefined))
  })
}

test('a download that cannot go on ends with a coded error that says to try again', async (t) => {
  let cuts = 0
  const { meddled } = await openMeddled(t, (method) => {
    if (method !== 'GET') return undefined
    return cuts++ === 0 ? { cutAfter: 1000 } : { status: 503 }
  })
  const { revision } = await upload(meddled, long)
  const body = present(await meddled.get(ref, revision))
  await t.rejects(buffer(body), { code: 'storage_unavailable', retryable: true })
})

test('a revision that is removed while it is read never passes for a shorter one', async (t) => {
  const meddle: Meddle = (method, _url, range) =>
    method === 'GET' && range === undefined ? { silentAfter: 1000 } : undefined
  const { meddled, objects } = await openMeddled(t, meddle, 200)
  const { revision } = await upload(meddled, long)
  const body = present(await meddled.get(ref, revision))
  await objects.remove(ref, revision)
  await t.rejects(buffer(body), { code: 'storage_unavailable', retryable: true })
})

test('S3 in trouble is a coded error, and a missing bucket is not a missing object', async (t) => {
  const { meddled } = await openMeddled(t, () => ({ status: 503 }))
  await t.rejects(meddled.head(ref), { code: 'storage_unavailable' })
  const { s3, clock, scratch } = await openS3Objects(t)
  const nowhere = createS3Objects({ ...s3, bucket: 'kass-there-is-no-such-bucket', clock, scratch })
  await t.rejects(nowhere.head(ref), { code: 'storage_unavailable' })
  await t.rejects(nowhere.get(ref, 'x'), { name: 'NoSuchBucket' })
})
