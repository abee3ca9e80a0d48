import { randomUUID } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { Failure, textField } from './failure.ts'

/** The body of one request, to be sent once. */
export interface StreamedBody {
  stream: AsyncIterable<Uint8Array>
  headers: Record<string, string>
}

const unreadable = (why: string) => new Failure('unreadable_file', why)

/** As browsers write names into the head of a part (HTML, "multipart/form-data encoding algorithm"). */
const quoted = (name: string) => name.replace(/[\r\n"]/g, (character) => encodeURIComponent(character))

async function opened(file: string): Promise<{ handle: FileHandle; size: number; changedAt: bigint }> {
  try {
    const handle = await open(file)
    const { size, mtimeNs } = await handle.stat({ bigint: true })
    return { handle, size: Number(size), changedAt: mtimeNs }
  } catch (error) {
    throw unreadable(`It cannot be read (${textField(error, 'code') ?? error}).`)
  }
}

/**
 * A form with one file, which is read while it is sent, however large it is.
 *
 * Not FormData with a Blob of the file: when the file can't be read to its end, that tells nobody who could catch it.
 * @throws Failure unreadable_file here, or from the stream when the file changes or fails on the way
 */
export async function formBody(
  fields: Readonly<Record<string, string | undefined>>,
  upload: { file: string; name: string },
): Promise<StreamedBody> {
  const boundary = `kass-${randomUUID()}`
  const { handle, size, changedAt } = await opened(upload.file)
  const part = (name: string, more = '') =>
    `--${boundary}\r\ncontent-disposition: form-data; name="${quoted(name)}"${more}\r\n`
  const texts = Object.entries(fields).map(([name, value]) =>
    value === undefined ? '' : `${part(name)}\r\n${value}\r\n`,
  )
  const type = 'content-type: application/octet-stream\r\n'
  const before = Buffer.from(`${texts.join('')}${part('file', `; filename="${quoted(upload.name)}"`)}${type}\r\n`)
  const after = Buffer.from(`\r\n--${boundary}--\r\n`)

  async function* stream(): AsyncGenerator<Uint8Array> {
    try {
      yield before
      let left = size
      while (left > 0) {
        const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(Math.min(left, 64 * 1024)))
        if (bytesRead === 0) break
        left -= bytesRead
        yield buffer.subarray(0, bytesRead)
      }
      const now = await handle.stat({ bigint: true })
      if (left > 0 || Number(now.size) !== size || now.mtimeNs !== changedAt) {
        throw unreadable('It changed while it was read; try again when nothing writes to it.')
      }
      yield after
    } catch (error) {
      throw error instanceof Failure ? error : unreadable(`It cannot be read (${textField(error, 'code') ?? error}).`)
    } finally {
      await handle.close()
    }
  }
  return {
    stream: stream(),
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': String(before.length + size + after.length),
    },
  }
}
