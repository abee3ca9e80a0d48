import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3'
import { KassError } from '../../errors.ts'
import type { DerivedStore } from '../../ports/object-store.ts'
import type { S3 } from './client.ts'
import { orMissing } from './missing.ts'
import { readObject } from './read.ts'

/** Keys that mean the same to everything between us and S3. */
const plainKey = /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*[A-Za-z0-9_-][A-Za-z0-9._-]*$/
const longestKey = 900
const pageSize = 1000
const oddPrefix = '_/'

function keyOf(key: string): string {
  if (plainKey.test(key) && key.length <= longestKey && !key.startsWith(oddPrefix)) return key
  return `${oddPrefix}${createHash('sha256').update(key, 'utf16le').digest('hex')}`
}

/** What KASS derives, an object for each key, in a bucket without events. */
export function createS3Derived(options: Pick<S3, 'client' | 'timeoutMs'> & { bucket: string }): DerivedStore {
  const { client, timeoutMs, bucket } = options
  const at = (key: string) => ({ Bucket: bucket, Key: keyOf(key) })
  return {
    async put(key, body) {
      const Body = typeof body === 'string' ? Buffer.from(body) : body
      const ChecksumSHA256 = createHash('sha256').update(Body).digest('base64')
      await client.send(new PutObjectCommand({ ...at(key), Body, ContentLength: Body.byteLength, ChecksumSHA256 }))
    },
    async get(key) {
      const body = await readObject(client, at(key), timeoutMs)
      return body && buffer(body)
    },
    async remove(key) {
      await orMissing(client.send(new DeleteObjectCommand(at(key))))
    },
    async expire(prefix, before, limit) {
      const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: pageSize }))
      // Anything that is well-formed reads as an empty list.
      if (page.Name !== bucket) throw new KassError('storage_unavailable', { detail: 'What answered is not S3.' })
      const listed = page.Contents ?? []
      const old = listed.filter(({ LastModified }) => LastModified !== undefined && LastModified.getTime() < before)
      const some = old.slice(0, limit)
      for (const { Key } of some) await orMissing(client.send(new DeleteObjectCommand({ Bucket: bucket, Key })))
      const more = old.length > limit || (page.IsTruncated === true && old.length === listed.length)
      return { removed: some.length, more }
    },
  }
}
