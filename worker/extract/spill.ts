import { randomUUID } from 'node:crypto'
import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addAbortSignal, type Readable } from 'node:stream'

/** Documents up to this size stay in memory. */
export const smallBytes = 4 * 1024 * 1024

const prefix = 'kass-extract-'

/** Removes scratch files that a killed process left; younger ones than `olderThanMs` may be in use by another worker. */
export async function removeLeftovers(olderThanMs: number): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(prefix))
  for (const file of names.map((name) => join(tmpdir(), name))) {
    // Another worker may have been faster.
    const found = await stat(file).catch(() => undefined)
    if (found?.isFile() && Date.now() - found.mtimeMs > olderThanMs) await rm(file, { force: true })
  }
}

export interface Spilled {
  size: number
  /** A buffer of its own, which can be given away. */
  bytes?: Uint8Array<ArrayBuffer>
  file?: string
  /** Removes the scratch file; no error when there is none. */
  remove(): Promise<void>
}

/** Takes a stream in whole: small ones into memory, larger ones into a scratch file, of which nothing is left on failure. */
export async function spill(body: Readable, signal: AbortSignal): Promise<Spilled> {
  addAbortSignal(signal, body)
  const pieces: Uint8Array[] = []
  let size = 0
  let scratch: { file: string; handle: FileHandle } | undefined
  const remove = async () => {
    if (scratch) await rm(scratch.file, { force: true })
  }
  try {
    for await (const piece of body) {
      const bytes: Uint8Array = typeof piece === 'string' ? Buffer.from(piece) : piece
      size += bytes.length
      if (scratch) await scratch.handle.appendFile(bytes)
      else pieces.push(bytes)
      if (scratch || size <= smallBytes) continue
      const file = join(tmpdir(), `${prefix}${randomUUID()}`)
      scratch = { file, handle: await open(file, 'wx', 0o600) }
      for (const held of pieces.splice(0)) await scratch.handle.appendFile(held)
    }
    if (scratch) return { size, file: scratch.file, remove }
    const bytes = new Uint8Array(size)
    let at = 0
    for (const piece of pieces) {
      bytes.set(piece, at)
      at += piece.length
    }
    return { size, bytes, remove }
  } catch (error) {
    await remove()
    throw error
  } finally {
    await scratch?.handle.close()
  }
}
