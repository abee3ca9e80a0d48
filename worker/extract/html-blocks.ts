import type { Handler } from 'htmlparser2'
import { KassError } from '../../shared/errors.ts'
import type { Prose } from '../chunk/draft.ts'
import { withoutControls } from './controls.ts'
import { longestPiece, portions } from './reader.ts'

const words = (names: string) => new Set(names.split(' '))
const unseen = words('script style template noscript svg math title iframe object canvas select datalist audio video')
const blockTags = words(
  'address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol p pre search section summary table tbody tfoot thead tr ul',
)
const voidTags = words('area base br col embed hr img input link meta param source track wbr')
const headings = words('h1 h2 h3 h4 h5 h6')

/** Elements within each other; the parser's time grows with the square of it. Browsers stop at 512. */
const mostNested = 120_000

function isHidden(name: string, attributes: Readonly<Record<string, string>>): boolean {
  if (unseen.has(name) || 'hidden' in attributes || attributes['aria-hidden'] === 'true') return true
  return /(?:display\s*:\s*none|visibility\s*:\s*hidden)/i.test(attributes.style ?? '')
}

/** Turns the events of the parser into pieces of text: headings, paragraphs, items of lists, rows of tables. */
export function createHtmlBlocks() {
  let ready: Prose[] = []
  let unit = 0
  let above: { depth: number; text: string }[] = []
  let section: readonly string[] = []
  let text = ''
  /** How deep below the outermost hidden element the parser is. */
  let hiddenDepth = 0
  let nested = 0
  let preformatted = 0
  let depth: number | undefined
  const lists: { next: number | undefined; items: number }[] = []
  let item: { mark: string; tight: boolean } | undefined
  const tables: { row?: { cells: string[] }; lead?: string; rows: number }[] = []

  const put = (shown: string, more: Partial<Prose> = {}) => {
    for (const portion of portions(shown)) {
      if (portion.text.trim() === '') continue
      unit++
      ready.push({ kind: 'prose', unit, section, text: portion.text, from: unit, to: unit, ...more })
    }
  }
  const flush = () => {
    const own = preformatted > 0 ? text.replace(/^\n+|\s+$/g, '') : text.replace(/ *\n */g, '\n').trim()
    text = ''
    if (own === '') return
    if (depth !== undefined) {
      const line = own.replace(/\s+/g, ' ')
      const level = depth
      above = [...above.filter((heading) => heading.depth < level), { depth: level, text: line }]
      section = above.map((heading) => heading.text)
      return put(line, { heading: true })
    }
    const before = item?.mark ?? ''
    put(before + own, item?.tight ? { tight: true } : {})
    if (item) item = { mark: '  '.repeat(lists.length), tight: true }
  }
  const endCell = () => {
    const row = tables.at(-1)?.row
    if (row) row.cells.push(text.replace(/\s+/g, ' ').trim().replaceAll('|', '\\|'))
    text = ''
  }
  const endRow = () => {
    const table = tables.at(-1)
    const row = table?.row
    if (!table || !row) return
    table.row = undefined
    const line = row.cells.join(' | ')
    if (line.replaceAll('|', '').trim() === '') return
    put(line, table.rows === 0 ? {} : { tight: true, lead: table.lead })
    if (table.rows++ === 0 && row.cells.length > 1) table.lead = line
  }

  const inCell = () => tables.at(-1)?.row !== undefined
  const open = (name: string) => {
    if (name === 'br') text += '\n'
    else if (name === 'td' || name === 'th') text = ''
    else if (blockTags.has(name)) {
      // Blocks within a cell only part its words.
      if (inCell() && name !== 'tr' && name !== 'table') {
        text += ' '
        return
      }
      flush()
    }
    if (headings.has(name)) depth = Number(name.slice(1))
    else if (name === 'pre') preformatted++
    else if (name === 'ul' || name === 'ol') lists.push({ next: name === 'ol' ? 1 : undefined, items: 0 })
    else if (name === 'li') {
      const list = lists.at(-1)
      const mark = list?.next === undefined ? '- ' : `${list.next++}. `
      item = {
        mark: '  '.repeat(Math.max(0, lists.length - 1)) + mark,
        tight: (list?.items ?? 0) > 0 || lists.length > 1,
      }
      if (list) list.items++
    } else if (name === 'table') tables.push({ rows: 0 })
    else if (name === 'tr') {
      const table = tables.at(-1)
      if (table) table.row = { cells: [] }
    }
  }
  const close = (name: string) => {
    if (inCell() && (name === 'td' || name === 'th')) return endCell()
    if (name === 'tr') return endRow()
    if (!blockTags.has(name)) return
    if (inCell() && name !== 'table') {
      text += ' '
      return
    }
    flush()
    if (headings.has(name)) depth = undefined
    else if (name === 'pre') preformatted = Math.max(0, preformatted - 1)
    else if (name === 'ul' || name === 'ol') lists.pop()
    else if (name === 'li') item = undefined
    else if (name === 'table') tables.pop()
  }

  const handler: Partial<Handler> = {
    onopentag(name, attributes) {
      if (++nested > mostNested)
        throw new KassError('document_too_large', { detail: `The page nests more than ${mostNested} elements.` })
      if (voidTags.has(name)) {
        if (hiddenDepth === 0) open(name)
      } else if (hiddenDepth > 0 || isHidden(name, attributes)) hiddenDepth++
      else open(name)
    },
    onclosetag(name) {
      nested--
      if (voidTags.has(name)) return
      if (hiddenDepth > 0) hiddenDepth--
      else close(name)
    },
    ontext(raw) {
      if (hiddenDepth > 0) return
      const data = withoutControls(raw)
      if (preformatted > 0) text += data
      else {
        const folded = data.replace(/[\s\u00a0]+/g, ' ')
        text += /[ \n]$/.test(text) || text === '' ? folded.trimStart() : folded
      }
      if (text.length > longestPiece && !inCell()) flush()
    },
    onend: flush,
  }
  return {
    handler,
    take(): Prose[] {
      const taken = ready
      ready = []
      return taken
    },
  }
}
