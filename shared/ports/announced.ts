import type { Readable } from 'node:stream'
import { KassError } from '../errors.ts'
import type { Announced, ObjectStore, StagedObject } from './object-store.ts'

/**
 * Takes in the bytes that were announced, and no others: what comes is staged, and left to the caller to commit.
 * @throws KassError checksum_mismatch; nothing is left then
 */
export async function receiveAnnounced(
  objects: Pick<ObjectStore, 'stage'>,
  { size, sha256 }: Announced,
  body: Readable,
): Promise<StagedObject> {
  const staged = await objects.stage(body, { maxBytes: size })
  if (staged.size === size && staged.sha256 === sha256) return staged
  await staged.discard()
  const detail = `The bytes have the SHA-256 ${staged.sha256} and the length ${staged.size}, not those that were announced.`
  throw new KassError('checksum_mismatch', { detail })
}
