import yauzl from 'yauzl'
import { KassError } from '../../shared/errors.ts'
import type { Limits } from './reader.ts'
import type { Source } from './source.ts'

export interface Archive {
  has(name: string): boolean
  /** The text of one member, inflated piece by piece. Nothing when there is no such member. */
  text(name: string): AsyncGenerator<string, void, undefined>
  close(): void
}

const mostMembers = 20_000
/** Below this no archive is a bomb, however well it was packed. */
const harmlessBytes = 1024 * 1024
const key = (name: string) => name.replace(/^\/+/, '').toLowerCase()

const damaged = (cause: unknown) =>
  cause instanceof KassError
    ? cause
    : new KassError('damaged', { detail: 'The archive is damaged or cut short.', cause })

/**
 * Opens a zip. One whose directory admits that it is a bomb is refused before anything is read from it; what its members
 * really inflate to is counted while they do, and none may be larger than the directory says.
 * @throws KassError damaged; from `text` also archive_bomb and encrypted
 */
export async function openArchive(source: Source, limits: Limits): Promise<Archive> {
  const options = { lazyEntries: true, autoClose: false, validateEntrySizes: false }
  const zip = await (source.file === undefined
    ? yauzl.fromBufferPromise(await source.bytes(), options)
    : yauzl.openPromise(source.file, options)
  ).catch((cause: unknown) => {
    throw damaged(cause)
  })
  const allowed = Math.min(limits.maxInflatedBytes, Math.max(harmlessBytes, source.size * limits.maxInflationRatio))
  const tooMuch = (place: string) => bomb(`The archive inflates to more than ${allowed} bytes.`, place)
  const entries = new Map<string, yauzl.Entry>()
  try {
    if (zip.entryCount > mostMembers) throw bomb(`The archive has ${zip.entryCount} members.`)
    let declared = 0
    for await (const entry of zip.eachEntry()) {
      entries.set(key(entry.fileName), entry)
      declared += entry.uncompressedSize
      if (declared > allowed) throw tooMuch(entry.fileName)
    }
  } catch (cause) {
    zip.close()
    throw damaged(cause)
  }

  let inflated = 0
  /** What was counted of each member: reading one again is not more text. */
  const counted = new Map<yauzl.Entry, number>()
  async function* pieces(entry: yauzl.Entry): AsyncGenerator<Buffer> {
    if (entry.isEncrypted()) throw new KassError('encrypted')
    let own = 0
    const stream = await zip.openReadStreamPromise(entry)
    for await (const piece of stream) {
      if (!Buffer.isBuffer(piece)) continue
      own += piece.length
      const before = counted.get(entry) ?? 0
      if (own > before) {
        inflated += own - before
        counted.set(entry, own)
      }
      if (inflated > allowed) throw tooMuch(entry.fileName)
      if (own > entry.uncompressedSize)
        throw bomb('A member of the archive inflates to more than it declares.', entry.fileName)
      yield piece
    }
  }
  return {
    has: (name) => entries.has(key(name)),
    async *text(name) {
      const entry = entries.get(key(name))
      if (!entry) return
      let decoder: InstanceType<typeof TextDecoder> | undefined
      try {
        for await (const piece of pieces(entry)) {
          decoder ??= new TextDecoder(piece[0] === 0xff && piece[1] === 0xfe ? 'utf-16le' : 'utf-8')
          yield decoder.decode(piece, { stream: true })
        }
      } catch (cause) {
        throw damaged(cause)
      }
    },
    close: () => zip.close(),
  }
}

function bomb(detail: string, place?: string): KassError {
  return new KassError('archive_bomb', { detail, place })
}
