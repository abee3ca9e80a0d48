import { isUtf8 } from 'node:buffer'
import { open, readFile } from 'node:fs/promises'
import { sniffBytes, type TextEncoding, textEncoding } from '../../shared/documents/content-type.ts'

/** The bytes of a document: in memory when it is small, else a file. Can be read more than once. */
export interface Source {
  size: number
  file?: string
  /** The first bytes, as many as the type is told by. */
  head(): Promise<Buffer>
  bytes(): Promise<Buffer>
  stream(): AsyncIterable<Buffer>
}

const pieceBytes = 128 * 1024

export function bufferSource(buffer: Buffer): Source {
  return {
    size: buffer.length,
    head: async () => buffer.subarray(0, sniffBytes),
    bytes: async () => buffer,
    async *stream() {
      for (let at = 0; at < buffer.length; at += pieceBytes) yield buffer.subarray(at, at + pieceBytes)
    },
  }
}

export function fileSource(file: string, size: number): Source {
  async function* stream(): AsyncGenerator<Buffer> {
    await using handle = await open(file)
    for (;;) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(pieceBytes), 0, pieceBytes)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  }
  return {
    size,
    file,
    async head() {
      for await (const piece of stream()) return piece.subarray(0, sniffBytes)
      return Buffer.alloc(0)
    },
    bytes: () => readFile(file),
    stream,
  }
}

/** The bytes at the end of a piece that begin a UTF-8 character which goes on in the next one. */
function unfinished(piece: Buffer): number {
  for (let back = 1; back <= Math.min(3, piece.length); back++) {
    const byte = piece[piece.length - back] ?? 0
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0
    if (byte < 0x80) return 0
  }
  return 0
}

/** The encoding of the whole text: its first bytes may be ASCII and the umlauts come a megabyte later. */
export async function encodingOf(source: Source): Promise<TextEncoding> {
  const head = await source.head()
  const first = textEncoding(head, { cut: head.length < source.size })
  if (first !== 'utf-8' || head.length === source.size) return first
  let rest = Buffer.alloc(0)
  for await (const piece of source.stream()) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, piece]) : piece
    const kept = unfinished(bytes)
    if (!isUtf8(bytes.subarray(0, bytes.length - kept))) return 'windows-1252'
    rest = Buffer.from(bytes.subarray(bytes.length - kept))
  }
  return rest.length === 0 ? 'utf-8' : 'windows-1252'
}

/** The text, piece by piece, without a byte order mark; an encoding that is known otherwise can be given. */
export async function* decoded(source: Source, encoding?: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding ?? (await encodingOf(source)))
  for await (const piece of source.stream()) {
    const text = decoder.decode(piece, { stream: true })
    if (text !== '') yield text
  }
  const end = decoder.decode()
  if (end !== '') yield end
}

/** What is longer comes as several lines, so that a file without line ends does not have to fit into memory. */
const longestLine = 1024 * 1024

/** The text line by line, without line ends, in arrays of those that came together. */
export async function* lines(source: Source): AsyncGenerator<string[]> {
  let rest = ''
  for await (const text of decoded(source)) {
    // A carriage return at the end may be the first half of a line end.
    const whole = rest + text
    const end = whole.endsWith('\r') ? whole.length - 1 : whole.length
    const found = whole.slice(0, end).split(/\r\n|\r|\n/)
    rest = (found.pop() ?? '') + whole.slice(end)
    if (rest.length > longestLine) {
      const space = rest.lastIndexOf(' ') + 1 || rest.length
      found.push(rest.slice(0, space))
      rest = rest.slice(space)
    }
    if (found.length > 0) yield found
  }
  if (rest !== '') yield rest.split('\r')
}
