import { getDocumentProxy } from 'unpdf'
import { KassError } from '../../shared/errors.ts'
import type { Prose } from '../chunk/draft.ts'
import { type Paragraph, type TextRun, toParagraphs } from './pdf-layout.ts'
import { type Item, portions, type Reader } from './reader.ts'
import type { Source } from './source.ts'

type Pdf = Awaited<ReturnType<typeof getDocumentProxy>>

/** Errors only; documents are not to write to the log. */
const silent = 0
/** Text this much larger than most of the document is a heading. */
const headingSize = 1.15
const longestHeading = 200

/**
 * A PDF, page by page. A page is the unit: what has no text on it, or is damaged, is rejected.
 * @throws KassError encrypted, damaged
 */
export async function readPdf(source: Source): Promise<Reader> {
  const bytes = await source.bytes()
  // Readers rebuild what is missing, and would take half of a document for the whole.
  if (!/startxref|%%EOF/.test(bytes.subarray(-4096).toString('latin1'))) {
    throw new KassError('damaged', { detail: 'The PDF is cut short: its end is missing.' })
  }
  const data = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
  const settings = { verbosity: silent, isEvalSupported: false, disableFontFace: true, useSystemFonts: false }
  const pdf = await getDocumentProxy(data, settings).catch((cause: unknown) => {
    throw cause instanceof Error && cause.name === 'PasswordException'
      ? new KassError('encrypted', { cause })
      : new KassError('damaged', { detail: 'The PDF is damaged and could not be repaired.', cause })
  })
  return { unit: 'pages', total: pdf.numPages, locate: (page) => `page ${page}`, items: pages(pdf, bytes) }
}

async function* pages(pdf: Pdf, bytes: Buffer): AsyncGenerator<Item[]> {
  const toProse = createSections()
  let damaged = false
  try {
    for (let page = 1; page <= pdf.numPages; page++) {
      const place = `page ${page}`
      const runs = await textOf(pdf, page)
      damaged = !runs
      if (!runs) yield [{ kind: 'rejected', place, reason: 'this page is damaged' }]
      else {
        const found = toProse(toParagraphs(runs), page)
        yield found.length > 0 ? found : [{ kind: 'rejected', place, reason: 'no text on this page' }]
      }
    }
    // A repaired document ends at its first broken page; those behind it are accounted for, too.
    const declared = damaged ? declaredPages(bytes) : 0
    for (let page = pdf.numPages + 1; page <= declared; page++) {
      yield [{ kind: 'rejected', place: `page ${page}`, reason: 'this page lies behind a damaged one' }]
    }
  } finally {
    await pdf.loadingTask.destroy()
  }
}

const mostDeclared = 100_000

/** How many pages the document says it has, as far as that can be read without its tables. */
function declaredPages(bytes: Buffer): number {
  const counts = [...bytes.toString('latin1').matchAll(/<<[^<>]*\/Kids\b[^<>]*>>/g)].map(([dictionary]) =>
    Number(/\/Count (\d+)/.exec(dictionary)?.[1] ?? 0),
  )
  return Math.min(
    counts.reduce((most, count) => Math.max(most, count), 0),
    mostDeclared,
  )
}

/** The runs of text on a page; undefined when it cannot be read. */
async function textOf(pdf: Pdf, number: number): Promise<TextRun[] | undefined> {
  try {
    const page = await pdf.getPage(number)
    const { items } = await page.getTextContent()
    page.cleanup()
    return items.flatMap((item) =>
      'str' in item ? [{ str: item.str, transform: item.transform, width: item.width }] : [],
    )
  } catch {
    return undefined
  }
}

/** Tells headings by their size and keeps them over the pages that follow. */
function createSections() {
  const characters = new Map<number, number>()
  let above: { size: number; text: string }[] = []
  let section: readonly string[] = []
  return (paragraphs: readonly Paragraph[], page: number): Prose[] => {
    for (const { text, size } of paragraphs) {
      const rounded = Math.round(size * 2) / 2
      characters.set(rounded, (characters.get(rounded) ?? 0) + text.length)
    }
    const body = [...characters].reduce((most, next) => (next[1] > most[1] ? next : most), [0, 0])[0]
    return paragraphs.flatMap(({ text, size }): Prose[] => {
      const isHeading = size >= body * headingSize && text.length <= longestHeading && /\p{L}/u.test(text)
      if (isHeading) {
        const line = text.replace(/\s+/g, ' ')
        above = [...above.filter((heading) => heading.size > size * 1.05), { size, text: line }]
        section = above.map((heading) => heading.text)
      }
      const heading = isHeading ? { heading: true as const } : {}
      return [...portions(text)]
        .filter((portion) => portion.text.trim() !== '')
        .map((portion) => ({
          kind: 'prose',
          unit: page,
          scope: page,
          from: page,
          to: page,
          section,
          ...heading,
          text: portion.text,
        }))
    })
  }
}
