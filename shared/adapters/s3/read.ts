import { Readable } from 'node:stream'
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client, S3ServiceException } from '@aws-sdk/client-s3'
import { KassError } from '../../errors.ts'
import { orMissing } from './missing.ts'

/** How often a stream is taken up again without a single byte in between. */
const fruitlessResumes = 3

export interface ReadFrom {
  Bucket: string
  Key: string
  VersionId?: string
}

/**
 * The bytes of one object, undefined when there is none. A connection that is cut, or silent for `silenceMs` while bytes
 * are wanted, is taken up again where it stopped, in the same version; where that fails the stream ends with
 * a coded error, and never too early without one.
 */
export async function readObject(client: S3Client, from: ReadFrom, silenceMs: number): Promise<Readable | undefined> {
  const first = await orMissing(client.send(new GetObjectCommand({ ...from, ChecksumMode: 'ENABLED' })))
  if (!first) return undefined
  if (from.VersionId !== undefined && first.VersionId !== from.VersionId) {
    bodyOf(first).destroy()
    throw new KassError('storage_unavailable', { detail: 'What answered is not S3, or not with this version.' })
  }
  const open = async (offset: number) => {
    const rest = { ...from, Range: `bytes=${offset}-`, IfMatch: first.ETag }
    const answer = await client.send(new GetObjectCommand(rest))
    // A server may leave a range alone and send everything (RFC 9110, section 14.2).
    return { body: bodyOf(answer), from: answer.ContentRange === undefined ? 0 : offset }
  }
  return resumable(bodyOf(first), { size: first.ContentLength ?? 0, silenceMs, open })
}

function bodyOf({ Body }: GetObjectCommandOutput): Readable {
  if (!(Body instanceof Readable)) throw new Error('S3 gave no stream')
  return Body
}

const unavailable = (cause: unknown) => new KassError('storage_unavailable', { cause })

/** One stream of `size` bytes out of as many as it takes. `open` gives the bytes from an offset on, or from before it. */
export function resumable(
  first: Readable,
  options: { size: number; silenceMs: number; open(offset: number): Promise<{ body: Readable; from: number }> },
): Readable {
  const { size, silenceMs, open } = options
  let body = first
  let offset = 0
  let fruitless = 0
  let timer: NodeJS.Timeout | undefined

  function wait(): void {
    clearTimeout(timer)
    timer = setTimeout(() => body.destroy(new Error(`no byte came for ${silenceMs} ms`)), silenceMs)
  }

  function follow(source: Readable, from: number): void {
    body = source
    let surplus = offset - from
    let over = false
    const end = (error?: unknown) => {
      if (over) return
      over = true
      clearTimeout(timer)
      source.destroy()
      if (out.destroyed) return
      if (error === undefined && offset === size) out.push(null)
      else resume(error)
    }
    source.on('data', (bytes: Buffer) => {
      const chunk = bytes.subarray(surplus)
      surplus -= bytes.length - chunk.length
      if (chunk.length === 0) return wait()
      offset += chunk.length
      fruitless = 0
      if (out.push(chunk)) return wait()
      clearTimeout(timer)
      source.pause()
    })
    source.on('end', () => end())
    source.on('error', end)
    source.on('close', () => end(new Error('the connection was closed')))
    wait()
  }

  function resume(cause: unknown): void {
    fruitless++
    // All bytes came, and still something is wrong with them: their checksum.
    if (offset >= size || fruitless > fruitlessResumes) return void out.destroy(unavailable(cause))
    open(offset).then(
      ({ body: next, from }) => (out.destroyed ? void next.destroy() : follow(next, from)),
      // Removed or replaced in the meantime: whoever reads looks again.
      (error) => out.destroy(error instanceof S3ServiceException ? unavailable(error) : error),
    )
  }

  const out = new Readable({
    read() {
      if (!body.isPaused()) return
      body.resume()
      wait()
    },
    destroy(error, done) {
      clearTimeout(timer)
      body.destroy()
      done(error)
    },
  })
  follow(first, 0)
  // Nothing flows, and no time runs, before somebody reads.
  first.pause()
  clearTimeout(timer)
  return out
}
