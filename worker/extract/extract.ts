import { type ContentType, contentTypes, sniff } from '../../shared/documents/content-type.ts'
import type { Chunk, Rejection } from '../../shared/documents/document.ts'
import { textHash } from '../../shared/documents/fingerprint.ts'
import { KassError } from '../../shared/errors.ts'
import type { Chunking, Draft } from '../chunk/draft.ts'
import { createProsePacker } from '../chunk/prose.ts'
import { createRowPacker } from '../chunk/rows.ts'
import type { Item, Limits, Reader } from './reader.ts'
import type { Source } from './source.ts'

export type ExtractEvent =
  | { type: 'start'; contentType: ContentType }
  | { type: 'chunks'; chunks: Chunk[]; done: number; total?: number }
  | { type: 'rejected'; rejections: Rejection[] }
  | { type: 'end'; unit: string; read: number; indexed: number; rejected: number }

export interface ExtractOptions {
  limits: Limits
  chunking: Chunking
}

/** Chunks or rejections in one event at most. */
export const batchSize = 64

/** Formats are loaded when the first document of theirs comes. */
const readers: Record<ContentType, (source: Source, limits: Limits) => Promise<Reader>> = {
  [contentTypes.text]: async (source) => (await import('./text.ts')).readText(source),
  [contentTypes.markdown]: async (source) => (await import('./markdown.ts')).readMarkdown(source),
  [contentTypes.html]: async (source) => (await import('./html.ts')).readHtml(source),
  [contentTypes.csv]: async (source) => (await import('./csv.ts')).readCsv(source),
  [contentTypes.pdf]: async (source) => (await import('./pdf.ts')).readPdf(source),
  [contentTypes.xlsx]: async (source, limits) => (await import('./xlsx.ts')).readXlsx(source, limits),
}

/**
 * Reads one document: its chunks and rejections in batches, at last the sum of its units. What is read is counted where
 * it comes from the reader, what is indexed where it leaves as a chunk.
 * @throws KassError why the document cannot be read
 */
export async function* extractEvents(
  source: Source,
  name: string,
  { limits, chunking }: ExtractOptions,
): AsyncGenerator<ExtractEvent, void, undefined> {
  const contentType = sniff(await source.head(), name)
  if (source.size === 0) throw new KassError('no_text', { detail: 'The file is empty.' })
  if (!contentType) throw await unsupported(source)
  const reader = await readers[contentType](source, limits)
  yield { type: 'start', contentType }

  const prose = createProsePacker(chunking, reader.locate)
  const rows = createRowPacker(chunking)
  const meter = createMeter(limits, reader.unit)
  const out = createBatches(meter.shown)
  const progress = () => ({ done: meter.read(), ...(reader.total === undefined ? {} : { total: reader.total }) })

  for await (const items of reader.items) {
    for (const item of items) {
      meter.take(item)
      if (item.kind === 'rejected') out.reject({ place: item.place, reason: item.reason })
      else if (item.kind === 'row') out.put(prose.end(), rows.add(item))
      else out.put(rows.end(), prose.add(item))
    }
    yield* out.full(progress)
  }
  out.put(prose.end(), rows.end())
  yield* out.full(progress)
  yield* out.rest(progress)
  const sums = meter.sums()
  if (sums.indexed === 0) {
    const why = sums.rejected > 0 ? ` None of its ${sums.rejected} ${reader.unit} could be read.` : ''
    throw new KassError('no_text', { detail: `The document has no text that could be read.${why}` })
  }
  yield { type: 'end', unit: reader.unit, ...sums }
}

async function unsupported(source: Source): Promise<KassError> {
  const head = await source.head()
  const ole = head.subarray(0, 8).toString('latin1') === '\u00d0\u00cf\u0011\u00e0\u00a1\u00b1\u001a\u00e1'
  // Office keeps an encrypted workbook in the container of its older formats.
  if (ole && (await source.bytes()).includes(Buffer.from('EncryptedPackage', 'utf16le')))
    return new KassError('encrypted')
  return new KassError('unsupported_type')
}

function createMeter(limits: Limits, unit: string) {
  let read = 0
  let indexed = 0
  let rejected = 0
  let bytes = 0
  let lastRead = 0
  let lastShown = 0
  const tooLarge = (detail: string) => new KassError('document_too_large', { detail })
  return {
    take(item: Item): void {
      if (item.kind === 'rejected') {
        rejected++
        read++
      } else {
        if (item.unit > lastRead) read++
        lastRead = Math.max(lastRead, item.unit)
        const text = item.kind === 'row' ? item.cells.join(' ') : item.text
        bytes += Buffer.byteLength(text)
      }
      if (read > limits.maxUnits) throw tooLarge(`The document has more than ${limits.maxUnits} ${unit}.`)
      if (bytes > limits.maxTextBytes)
        throw tooLarge(`The document has more than ${limits.maxTextBytes} bytes of text.`)
    },
    shown(draft: Draft): void {
      for (const number of draft.units) {
        if (number > lastShown) indexed++
        lastShown = Math.max(lastShown, number)
      }
    },
    read: () => read,
    sums: () => ({ read, indexed, rejected }),
  }
}

function createBatches(shown: (draft: Draft) => void) {
  const chunks: Chunk[] = []
  const rejections: Rejection[] = []
  let ordinal = 0
  type Progress = () => { done: number; total?: number }
  function* emit(least: number, progress: Progress): Generator<ExtractEvent> {
    while (chunks.length >= least) yield { type: 'chunks', chunks: chunks.splice(0, batchSize), ...progress() }
    while (rejections.length >= least) yield { type: 'rejected', rejections: rejections.splice(0, batchSize) }
  }
  return {
    put(...drafts: Draft[][]): void {
      for (const draft of drafts.flat()) {
        shown(draft)
        const { units, ...chunk } = draft
        chunks.push({ ordinal: ordinal++, ...chunk, hash: textHash(chunk.text) })
      }
    },
    reject: (rejection: Rejection) => void rejections.push(rejection),
    full: (progress: Progress) => emit(batchSize, progress),
    rest: (progress: Progress) => emit(1, progress),
  }
}
