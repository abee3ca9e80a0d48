import { createHash } from 'node:crypto'
import { DeleteObjectCommand, GetBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { test } from 'tap'
import { reconcile } from '../../../../worker/reconcile.ts'
import { benchFor } from '../../../../worker/test/harness.ts'
import { ref, textOf, upload } from '../../../test/contracts/object-store/support.ts'
import { collect, present } from '../../../test/contracts/support.ts'
import { createBuckets } from '../provision.ts'
import { listVersions } from '../versions.ts'
import { awsOptions, openBuckets, openS3Objects } from './open.ts'

test('what others put into the bucket is a document too, of which little is said', async (t) => {
  const { objects, s3, bucket } = await openS3Objects(t)
  await s3.client.send(new PutObjectCommand({ Bucket: bucket, Key: 'excel/Übersicht (1) + 2.csv', Body: 'a,b' }))
  const document = { tenant: 'default', path: 'excel/Übersicht (1) + 2.csv' }
  const head = present(await objects.head(document))
  t.match(head, { ...document, size: 3, sha256: '', contentType: '' })
  t.notOk('attributes' in head)
  t.equal(await textOf(objects, head.revision, document), 'a,b')
  t.same(await collect(objects.list()), [{ ...head, createdAt: (await collect(objects.list()))[0]?.createdAt }])
})

test('metadata that is not ours does not stop anything', async (t) => {
  const { objects, s3, bucket } = await openS3Objects(t)
  for (const garbage of ['x', 'z.AAAA', 'j.bnVsbA', `j.${Buffer.from('{"groups":[""]}').toString('base64url')}`]) {
    const Metadata = { 'kass-attributes': garbage, 'kass-sha256': 'no hash' }
    await s3.client.send(new PutObjectCommand({ Bucket: bucket, Key: 'a.md', Body: 'x', Metadata }))
    const head = present(await objects.head({ tenant: 'default', path: 'a.md' }))
    t.match(head, { sha256: '' })
    t.notOk('attributes' in head, garbage)
  }
})

test('an object that somebody deletes in the bucket is gone, its revisions are not', async (t) => {
  const { objects, jobs, s3, bucket } = await openS3Objects(t)
  const first = await upload(objects, 'one', { tenant: 'default', path: 'a.md' })
  await jobs()
  await s3.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'a.md' }))
  t.equal(await objects.head(first), undefined)
  t.same(await collect(objects.list()), [])
  t.same(await objects.revisions(first), [first])
  t.equal(await textOf(objects, first.revision, first), 'one')
})

test('keys that no document can have are left out', async (t) => {
  const { objects, s3, bucket } = await openS3Objects(t)
  for (const Key of ['a//b.md', 'folder/', 't/default/x.md', 't/ACME/x.md', 'decomposed-u\u0308.md', 'good.md']) {
    await s3.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x' }))
  }
  t.same(
    (await collect(objects.list())).map(({ path }) => path),
    ['good.md'],
  )
})

test('attributes that no object can carry are refused before anything is stored', async (t) => {
  const { objects, stored } = await openS3Objects(t)
  const random = (about: string) =>
    Array.from({ length: 32 }, (_, n) => createHash('sha512').update(`${about}${n}`).digest('base64').slice(0, 60))
  const attributes = { groups: random('group'), tags: random('tag') }
  const refused = { code: 'invalid_metadata', status: 400 }
  await t.rejects(upload(objects, 'x', ref, attributes), refused)
  await t.rejects(objects.presign(ref, { size: 1, sha256: '0'.repeat(64), attributes }), refused)
  t.equal(await stored(), 0)
})

test('more versions than one page has are all found, in their order', async (t) => {
  const { s3, bucket } = await openS3Objects(t)
  const versions: (string | undefined)[] = []
  const put = async (Key: string) =>
    (await s3.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x' }))).VersionId
  await put('a')
  for (let n = 0; n < 1010; n++) versions.unshift(await put('b'))
  await put('b/longer')
  const all = await collect(listVersions(s3.client, bucket))
  t.same(
    all.filter(({ key }) => key === 'b').map(({ versionId }) => versionId),
    versions,
  )
  t.same(
    all.filter(({ isLatest }) => isLatest).map(({ key }) => key),
    ['a', 'b', 'b/longer'],
  )
})

test('making the buckets again changes nothing', async (t) => {
  const { names, s3, queue } = await openBuckets(t)
  await s3.client.send(new PutObjectCommand({ Bucket: names.documents, Key: 'a.md', Body: 'x' }))
  await createBuckets(awsOptions(), names, queue.arn)
  const { Status } = await s3.client.send(new GetBucketVersioningCommand({ Bucket: names.documents }))
  t.equal(Status, 'Enabled')
  t.equal((await collect(listVersions(s3.client, names.documents))).length, 1)
})

test('two versions within a second, learned of in the wrong order, end at the newer one', async (t) => {
  const { objects } = await openS3Objects(t)
  const bench = await benchFor(t)
  const worker = bench.worker()
  const deps = { ...worker, ports: { ...worker.ports, objects } }
  // Two calls that commit one after the other, and tell the record of it the other way round.
  const heads = [await upload(objects, 'older'), await upload(objects, 'newer')]
  for (const head of heads.toReversed()) await bench.ports.documents.observe({ ...head, createdAt: 1000 })
  t.equal((await bench.ports.documents.get(ref))?.revision, heads[0]?.revision, 'as late as that it is wrong')
  await reconcile(deps, ref, new AbortController().signal)
  const record = present(await bench.ports.documents.get(ref))
  t.match(record, { status: 'ready', revision: heads[1]?.revision, active: { revision: heads[1]?.revision } })
  const { items } = await bench.ports.index.chunks(record.active?.attempt ?? '', { limit: 10 })
  t.same(
    items.map(({ text }) => text),
    ['newer'],
  )
})

test('a deleted document that is told late of a version of the same second is gone in the end', async (t) => {
  const { objects } = await openS3Objects(t)
  const bench = await benchFor(t)
  const worker = bench.worker()
  const deps = { ...worker, ports: { ...worker.ports, objects } }
  const heads = [await upload(objects, 'older'), await upload(objects, 'newer')]
  const [older, newer] = heads.map((head) => ({ ...head, createdAt: 1000 }))
  const { documents } = bench.ports
  await documents.observe(present(newer))
  await documents.markDeleted(ref, newer?.revision)
  await documents.observe(present(older))
  for (let n = 0; n < 3; n++) {
    await reconcile(deps, ref, new AbortController().signal)
    bench.clock.now += 31_000
  }
  t.match(await documents.get(ref), { status: 'gone', active: undefined })
  t.same(await objects.revisions(ref), [])
})
