/**
 * Marks in an answer that arrives in pieces: `[1]`, `[1, 2]`, `[1-3]`, `[1][2]`, and the same in the brackets that some
 * models write, `【1】` and `【1†source】`. A number has three digits at most.
 */

export interface MarkerFilter {
  /** Takes a piece of the answer and gives what can be shown already. */
  push(text: string): string
  /** What was still held back when the answer ended. */
  end(): string
  /** The numbers that were shown, in the order in which they first came. */
  cited(): number[]
}

/** A bracket that may become a mark: what was read of it, and what may come next. */
interface Open {
  text: string
  numbers: string[]
  /** Positions of the numbers that end a range. */
  ranges: number[]
  state: 'number' | 'digits' | 'after' | 'note'
}

const opens = /^[[【]$/
const closes = /^[\]】]$/
const rangeSign = /^[-–—‑]$/
/** What may stand behind the number of `【1†…】`. */
const longestNote = 80

/**
 * Lets text through at once, holds back what may become a mark, and drops numbers that were not `given`, with the
 * space before them. What comes out is the same however the text is cut, and no mark in it has a number not given:
 * not even one that only forms because another one inside it was dropped.
 */
export function createMarkerFilter(given: ReadonlySet<number>): MarkerFilter {
  const shown = new Set<number>()
  /** Brackets inside each other, the innermost last. */
  const open: Open[] = []
  let spaces = ''
  /** A mark was dropped behind `spaces`: they are shown only if a word comes next. */
  let dropped = false
  let out = ''

  const show = (text: string) => {
    if (text === '') return
    if (!dropped || !/^[\s.,;:!?)\]】]/.test(text)) out += spaces
    spaces = ''
    dropped = false
    out += text
  }
  const giveUp = () => {
    for (const { text } of open.splice(0)) show(text)
  }
  const complete = (mark: Open) => {
    open.pop()
    const kept = numbersOf(mark, given)
    if (kept.length === 0) {
      if (open.length === 0) dropped = true
      return
    }
    giveUp()
    for (const number of kept) {
      shown.add(number)
      show(`[${number}]`)
    }
  }
  const take = (char: string) => {
    const mark = open.at(-1)
    if (opens.test(char)) {
      open.push({ text: char, numbers: [], ranges: [], state: 'number' })
      return
    }
    if (mark === undefined) {
      if (char !== ' ' && char !== '\t') show(char)
      else if (!dropped || spaces === '') spaces += char
      return
    }
    if (closes.test(char) && mark.state !== 'number') return complete(mark)
    if (proceed(mark, char)) {
      mark.text += char
      return
    }
    giveUp()
    take(char)
  }
  return {
    push(text) {
      out = ''
      for (const char of text) take(char)
      return out
    },
    end() {
      out = ''
      // A mark that was begun is of no use to anybody.
      if (open.at(-1)?.numbers.length) {
        open.pop()
        dropped = open.length === 0
      }
      giveUp()
      if (!dropped) out += spaces
      spaces = ''
      return out
    },
    cited: () => [...shown],
  }
}

/** The numbers of a mark that were given; of a range, those within it. */
function numbersOf({ numbers, ranges }: Open, given: ReadonlySet<number>): number[] {
  return numbers.flatMap((digits, at) => {
    const to = Number(digits)
    const from = ranges.includes(at) ? Number(numbers[at - 1]) + 1 : to
    return [...given].filter((number) => number >= from && number <= to).sort((a, b) => a - b)
  })
}

/** Whether a bracket can still become a mark with this character. */
function proceed(mark: Open, char: string): boolean {
  if (mark.state === 'note') return char !== '\n' && mark.text.length < longestNote
  const last = mark.numbers.length - 1
  if (char >= '0' && char <= '9') {
    if (mark.state === 'after') return false
    if (mark.state === 'number') mark.numbers.push(char)
    else mark.numbers[last] += char
    mark.state = 'digits'
    return (mark.numbers.at(-1)?.length ?? 0) <= 3
  }
  if (char === ',' || char === ';') {
    if (mark.state === 'number') return false
    mark.state = 'number'
    return true
  }
  if (mark.state !== 'number' && char === '†') {
    mark.state = 'note'
    return true
  }
  if (mark.state !== 'number' && rangeSign.test(char)) {
    if (mark.ranges.includes(last)) return false
    mark.ranges.push(last + 1)
    mark.state = 'number'
    return true
  }
  if (!/\s/.test(char)) return false
  if (mark.state === 'digits') mark.state = 'after'
  return true
}

/** Marks in text that is whole. */
const marker = /[ \t]*[[【]\s*\d{1,3}(?:\s*[,;–—‑-]\s*\d{1,3})*\s*(?:†[^\]】\n]{0,80})?[\]】]/g

/** The text without its marks. */
export function withoutMarkers(text: string): string {
  return text.replace(marker, '')
}
