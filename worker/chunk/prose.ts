import { countTokens } from '../../shared/text/tokens.ts'
import { cut, cutWord, tailStart } from './cut.ts'
import type { Chunking, Draft, Locate, Prose } from './draft.ts'

interface Part {
  text: string
  /** What stands between it and the part before it. */
  separator: string
  tokens: number
  from: number
  to: number
  /** Undefined for what is repeated from before. */
  unit?: number
  source: Prose
  offset: number
}

export interface ProsePacker {
  /** Takes the next piece and gives the chunks that are full by then. */
  add(piece: Prose): Draft[]
  /** Gives what is left, if anything. */
  end(): Draft[]
}

/**
 * Packs running text into chunks. A heading begins a chunk, sections and pages are never mixed (headings without text of
 * their own join what stands under them), paragraphs stay whole where they fit, longer ones are cut behind sentences,
 * else behind words; only a word that is larger than a chunk is cut itself. A chunk that goes on in the same section
 * repeats the end of the one before it, or its table's header.
 */
export function createProsePacker({ tokens, overlap }: Chunking, locate: Locate): ProsePacker {
  let parts: Part[] = []
  let full: Draft[] = []

  const used = () => parts.reduce((sum, part) => sum + part.tokens, 0)
  const fresh = () => parts.some((part) => part.unit !== undefined)
  const onlyHeadings = () => parts.length > 0 && parts.every((part) => part.source.heading)

  const append = (source: Prose, offset: number, text: string, separator: string, repeated = false) => {
    const glue = parts.length === 0 ? '' : separator
    const [from, to] = [placeAt(source, offset), placeAt(source, offset + text.length - 1)]
    const unit = repeated ? undefined : source.unit
    parts.push({ text, separator: glue, tokens: countTokens(glue + text), from, to, unit, source, offset })
  }

  /** Closes the chunk; the next one begins with up to `repeat` tokens of its end. */
  const close = (repeat: number) => {
    const last = parts.at(-1)
    if (last && fresh()) full.push(draft(parts, locate))
    parts = []
    if (!last || last.unit === undefined || repeat <= 0 || last.source.heading) return
    const start = tailStart(last.text, repeat)
    if (start < last.text.length) append(last.source, last.offset + start, last.text.slice(start), '', true)
  }

  /** Closes the chunk within a section: what needs `cost` tokens comes next, and should not be cut for a repetition. */
  const proceed = (next: Prose, cost: number) => {
    const room = cost <= tokens ? Math.min(overlap, tokens - cost - 1) : overlap
    const lead = next.lead === undefined ? undefined : { ...next, text: next.lead, breaks: undefined }
    close(lead ? 0 : room)
    if (lead && countTokens(lead.text) * 2 <= tokens) append(lead, 0, lead.text, '', true)
  }

  const place = (piece: Prose) => {
    let offset = 0
    let separator = piece.tight ? '\n' : '\n\n'
    while (offset < piece.text.length) {
      const rest = piece.text.slice(offset)
      const cost = countTokens(separator + rest)
      const room = tokens - used()
      if (cost <= room) return append(piece, offset, rest, separator)
      const whole = cost <= tokens - (parts.length > 0 && !fresh() ? 0 : 1)
      // Rather a new chunk than a cut: when it then stays whole, or when little room is left. But not below a heading.
      if (fresh() && !onlyHeadings() && (whole || room < tokens / 3)) {
        proceed(piece, countTokens(rest))
        if (offset > 0) separator = ' '
        continue
      }
      const length = cut(rest, room - 1)
      if (length > 0) {
        append(piece, offset, rest.slice(0, length).trimEnd(), separator)
        offset += length
        offset += piece.text.slice(offset).search(/\S|$/)
        separator = ' '
        if (offset < piece.text.length) proceed(piece, countTokens(piece.text.slice(offset)))
      } else if (parts.length > 0) {
        close(0)
      } else {
        const length = cutWord(rest, tokens)
        append(piece, offset, rest.slice(0, length), separator)
        offset += length
        separator = ''
        if (offset < piece.text.length) close(0)
      }
    }
  }

  const belongs = (piece: Prose): boolean => {
    const last = parts.at(-1)
    if (!last) return true
    if (last.source.scope !== piece.scope) return false
    if (last.source.section === piece.section) return !(piece.heading && fresh())
    return onlyHeadings() && last.source.section.every((heading, at) => heading === piece.section[at])
  }

  const taken = () => {
    const drafts = full
    full = []
    return drafts
  }
  return {
    add(piece) {
      if (!belongs(piece)) close(0)
      place(piece)
      return taken()
    },
    end() {
      close(0)
      return taken()
    },
  }
}

/** The line (or other place) in which the character at `offset` stands. */
function placeAt(source: Prose, offset: number): number {
  if (!source.breaks) return offset <= 0 ? source.from : source.to
  let place = source.from
  for (const at of source.breaks) if (at <= offset) place++
  return Math.min(place, source.to)
}

function draft(parts: readonly Part[], locate: Locate): Draft {
  const section = parts.at(-1)?.source.section ?? []
  const own = parts.filter((part) => part.unit !== undefined)
  const from = Math.min(...parts.map((part) => part.from))
  const to = Math.max(...parts.map((part) => part.to))
  return {
    kind: 'text',
    text: parts.map((part) => part.separator + part.text).join(''),
    section: [...section],
    locator: locate(from, to, section),
    units: own.flatMap((part) => part.unit ?? []),
  }
}
