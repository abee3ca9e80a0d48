import { Parser } from 'htmlparser2'
import { createHtmlBlocks } from './html-blocks.ts'
import type { Item, Reader } from './reader.ts'
import { decoded, encodingOf, type Source } from './source.ts'

/**
 * HTML as a person sees it, read as a stream: no scripts, styles or hidden parts. A place is the section by its
 * headings, `section "Travel > Hotels"`, which can be found in any browser; above the first heading, and where there is
 * none, the number of the paragraph.
 */
export function readHtml(source: Source): Reader {
  return { unit: 'paragraphs', locate: locateSection, items: items(source) }
}

export function locateSection(from: number, to: number, section: readonly string[]): string {
  if (section.length > 0) return `section "${section.join(' > ')}"`
  return from === to ? `paragraph ${from}` : `paragraphs ${from}-${to}`
}

async function* items(source: Source): AsyncGenerator<Item[]> {
  const blocks = createHtmlBlocks()
  const parser = new Parser(blocks.handler, { decodeEntities: true })
  for await (const text of decoded(source, await encoding(source))) {
    parser.write(text)
    const found = blocks.take()
    if (found.length > 0) yield found
  }
  parser.end()
  const rest = blocks.take()
  if (rest.length > 0) yield rest
}

/** What the bytes say, else what the page says of itself (where that is a known name), else windows-1252. */
async function encoding(source: Source): Promise<string> {
  const found = await encodingOf(source)
  if (found !== 'windows-1252') return found
  const head = (await source.head()).toString('latin1')
  const named = /<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)/i.exec(head)?.[1] ?? ''
  try {
    const { encoding } = new TextDecoder(named || found)
    // The bytes are not UTF-8, whatever the page says.
    return encoding === 'utf-8' ? found : encoding
  } catch {
    return found
  }
}
