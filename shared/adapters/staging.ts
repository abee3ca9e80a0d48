import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { KassError } from '../errors.ts'
import { ulid } from '../ulid.ts'

const prefixBytes = 4096
/** An upload that has been silent for so long has ended, whatever became of it. */
export const abandonedMs = 60 * 60 * 1000

export interface StagedFile {
  file: string
  size: number
  sha256: string
  prefix: Uint8Array
}

function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  if (typeof chunk === 'string') return Buffer.from(chunk)
  throw new TypeError('an upload must be a stream of bytes')
}

/**
 * Writes a stream to a new file, counting and hashing on the way; it is on the disk when this resolves. The stream is
 * read no faster than the disk takes it. Whatever goes wrong, no file is left and the stream is destroyed.
 * @throws KassError payload_too_large beyond `maxBytes`; whatever the stream throws
 */
export async function stageFile(folder: string, body: Readable, maxBytes: number): Promise<StagedFile> {
  const file = join(folder, ulid())
  const hash = createHash('sha256')
  const head: Uint8Array[] = []
  let size = 0
  // A stream may break before it is read for the first time; without a listener that would end the process.
  body.on('error', () => {})
  try {
    const handle = await open(file, 'wx')
    try {
      for await (const chunk of body) {
        const bytes = bytesOf(chunk)
        if (size < prefixBytes) head.push(bytes.subarray(0, prefixBytes - size))
        size += bytes.byteLength
        if (size > maxBytes)
          throw new KassError('payload_too_large', { detail: `The document is larger than ${maxBytes} bytes.` })
        hash.update(bytes)
        await handle.writeFile(bytes)
      }
      // The row that will name this file must never outlive its bytes in a power cut.
      await handle.datasync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    body.destroy()
    await rm(file, { force: true })
    throw error
  }
  return { file, size, sha256: hash.digest('hex'), prefix: Buffer.concat(head) }
}

/** Makes the folder, and removes what uploads of an earlier run left in it. */
export function openStaging(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const name of readdirSync(folder)) {
    const file = join(folder, name)
    const written = statSync(file, { throwIfNoEntry: false })?.mtimeMs
    if (written !== undefined && Date.now() - written > abandonedMs) rmSync(file, { force: true })
  }
}
