import { test } from 'tap'
import { createS3 } from '../client.ts'
import { createS3Objects } from '../objects.ts'

const options = {
  region: 'eu-central-1',
  maxAttempts: 1,
  timeoutMs: 1000,
  concurrency: 1,
  queue: 0,
  breakerFailures: 1,
  breakerOpenMs: 1000,
}
const now = Date.UTC(2026, 0, 31, 12, 0, 0, 900)
const announced = { size: 5, sha256: 'ab'.repeat(32), contentType: 'text/csv', attributes: { title: 'Ü' } }

async function presigned(addresses: { endpoint?: string; publicUrl?: string }) {
  process.env.AWS_ACCESS_KEY_ID = 'test'
  process.env.AWS_SECRET_ACCESS_KEY = 'test'
  const s3 = createS3({ ...options, ...addresses })
  const objects = createS3Objects({ ...s3, bucket: 'some-documents', clock: () => now })
  const made = await objects.presign({ tenant: 'acme', path: 'a b/ü.csv' }, announced)
  s3.close()
  return { ...made, url: new URL(made.url) }
}

test('everything that was announced is signed, as headers that must be sent, for 15 minutes', async (t) => {
  const { url, headers, expiresAt } = await presigned({})
  t.same(Object.keys(headers).sort(), [
    'content-length',
    'content-type',
    'x-amz-checksum-sha256',
    'x-amz-meta-kass-attributes',
  ])
  const signed = url.searchParams.get('X-Amz-SignedHeaders')?.split(';') ?? []
  t.same(signed.toSorted(), [...Object.keys(headers), 'host'].toSorted())
  t.equal(url.searchParams.get('X-Amz-Expires'), '900')
  t.equal(url.searchParams.get('X-Amz-Date'), '20260131T120000Z')
  t.equal(expiresAt, Date.UTC(2026, 0, 31, 12, 15, 0))
  t.notOk([...url.searchParams.keys()].some((key) => key.startsWith('x-amz-checksum')))
})

test('addresses are those of AWS, of another S3, or of the one that callers see', async (t) => {
  const path = '/t/acme/a%20b/%C3%BC.csv'
  const aws = await presigned({})
  t.equal(aws.url.host, 'some-documents.s3.eu-central-1.amazonaws.com')
  t.equal(aws.url.pathname, path)
  const inside = await presigned({ endpoint: 'http://s3.internal:4566', publicUrl: '' })
  t.equal(inside.url.origin + inside.url.pathname, `http://s3.internal:4566/some-documents${path}`)
  const outside = await presigned({ endpoint: 'http://s3.internal:4566', publicUrl: 'https://files.example.com' })
  t.equal(outside.url.origin + outside.url.pathname, `https://files.example.com/some-documents${path}`)
})

test('no upload of this store ever comes to the API', async (t) => {
  const s3 = createS3(options)
  t.teardown(() => s3.close())
  const objects = createS3Objects({ ...s3, bucket: 'some-documents' })
  await t.rejects(objects.admit({ url: '/uploads/x?upload=y', headers: {} }), { code: 'not_found' })
})
