/** What a reasoning model writes between these tags, in the text of its answer, is neither answer nor citation. */
const tags = [
  { open: '<think>', close: '</think>' },
  { open: '<thinking>', close: '</thinking>' },
]
const opened = tags.map(({ open }) => open)

export interface ThinkingFilter {
  /** Takes a piece of the text and gives what belongs to the answer. */
  push(text: string): string
  /** What was held back when the text ended: the beginning of a tag that never became one. */
  end(): string
}

/**
 * Leaves out what stands between `<think>` and `</think>`, however the text is cut, and the white space behind it.
 * Thinking that is never closed is left out to the end. Only what may be the beginning of a tag is held back.
 */
export function createThinkingFilter(): ThinkingFilter {
  let held = ''
  let close: string | undefined
  /** Nothing but thinking has come: white space belongs to it. */
  let blank = false

  const shown = (text: string): string => {
    const rest = blank ? text.trimStart() : text
    if (rest !== '') blank = false
    return rest
  }
  return {
    push(text) {
      held += text
      let out = ''
      for (;;) {
        const wanted = close === undefined ? opened : [close]
        const lower = held.toLowerCase()
        const found = wanted
          .map((tag) => ({ tag, at: lower.indexOf(tag) }))
          .filter(({ at }) => at >= 0)
          .sort((a, b) => a.at - b.at)[0]
        if (found === undefined) {
          const kept = held.length - beginningOf(lower, wanted)
          if (close === undefined) out += shown(held.slice(0, kept))
          held = held.slice(kept)
          return out
        }
        if (close === undefined) out += shown(held.slice(0, found.at))
        else blank = true
        held = held.slice(found.at + found.tag.length)
        close = close === undefined ? tags.find(({ open }) => open === found.tag)?.close : undefined
      }
    },
    end() {
      const rest = close === undefined ? shown(held) : ''
      held = ''
      return rest
    },
  }
}

/** How many of the last characters may be the beginning of a tag. */
function beginningOf(text: string, wanted: readonly string[]): number {
  const longest = Math.max(...wanted.map((tag) => tag.length)) - 1
  for (let length = Math.min(longest, text.length); length > 0; length--) {
    const last = text.slice(-length)
    if (wanted.some((tag) => tag.startsWith(last))) return length
  }
  return 0
}
