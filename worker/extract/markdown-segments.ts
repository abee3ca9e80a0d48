/** Lines of a Markdown document that can be parsed on their own. */
export interface Segment {
  /** Number of the first line, from 1. */
  from: number
  lines: string[]
}

/** No segment gets much longer, however the document is written. */
const longestSegment = 512 * 1024

const fence = /^[\s>]*(?:(?:[-*+]|\d{1,9}[.)])\s+)*(`{3,}|~{3,})/
/** HTML blocks that blank lines don't end, and what ends them (CommonMark 0.31, section 4.6, kinds 1 to 5). */
const longHtml: readonly (readonly [RegExp, RegExp])[] = [
  [/^ {0,3}<!--/, /-->/],
  [/^ {0,3}<\?/, /\?>/],
  [/^ {0,3}<!\[CDATA\[/, /\]\]>/],
  [/^ {0,3}<(?:script|pre|style|textarea)\b/i, /<\/(?:script|pre|style|textarea)>/i],
]
const heading = /^#{1,6}(?:\s|$)/
/** Lists, quotations, indented code, footnotes, HTML: what may go on after a blank line. */
const container = /^(?:\s|>|[-*+](?:\s|$)|\d{1,9}[.)](?:\s|$)|\[\^|<)/
const listItem = /^(?:[-*+]|\d{1,9}[.)])(?:\s|$)/

/**
 * Divides a document at top-level borders that hold whatever stands before them, so that each part means on its own
 * what it means in the whole. Where that is doubtful the segment goes on.
 */
export function createSegmenter() {
  let lines: string[] = []
  let from = 1
  let next = 1
  let length = 0
  let absorbs = false
  let html = false
  let blank = false
  let until: ((line: string) => boolean) | undefined

  const take = (): Segment[] => {
    const segment = { from, lines }
    lines = []
    from = next
    length = 0
    absorbs = html = blank = false
    until = undefined
    return segment.lines.some((line) => line.trim() !== '') ? [segment] : []
  }
  const ends = (line: string): boolean => {
    if (lines.length === 0) return false
    if (length > longestSegment) return true
    if (blank && !absorbs) return true
    if (heading.test(line) && !html) return true
    return blank && !/^\s/.test(line) && !listItem.test(line)
  }

  return {
    /** Takes the next line and gives the segment that it ends, if any. */
    add(line: string): Segment[] {
      const found: Segment[] = []
      if (until) {
        if (until(line) || length > longestSegment) until = undefined
      } else if (line.trim() === '') {
        blank = true
        html = false
      } else {
        if (ends(line)) found.push(...take())
        const opened = opens(line)
        if (opened) until = opened
        if (container.test(line)) absorbs = true
        if (line.trimStart().startsWith('<')) html = true
        blank = heading.test(line) && lines.length === 0
      }
      lines.push(line)
      length += line.length
      next++
      return found
    },
    end: take,
  }
}

/** For a line that begins something which only a certain line ends: the test for that line. */
function opens(line: string): ((line: string) => boolean) | undefined {
  const mark = fence.exec(line)?.[1]
  if (mark) {
    const rest = line.slice(line.indexOf(mark) + mark.length)
    if (mark.startsWith('`') && rest.includes('`')) return undefined
    const close = new RegExp(`^[\\s>]*${mark[0]}{${mark.length},}\\s*$`)
    return (later) => close.test(later)
  }
  const long = longHtml.find(([begin]) => begin.test(line))
  if (!long || long[1].test(line)) return undefined
  return (later) => long[1].test(later)
}
