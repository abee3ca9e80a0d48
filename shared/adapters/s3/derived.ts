import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import type { DerivedStore } from '../../ports/object-store.ts'
import type { S3 } from './client.ts'
import { orMissing } from './missing.ts'
import { readObject } from './read.ts'

/** Keys that mean the same to everything between us and S3. */
const plainKey = /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*[A-Za-z0-9_-][A-Za-z0-9._-]*$/
const longestKey = 900
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
  }
}
