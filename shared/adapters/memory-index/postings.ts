import { grown } from './growable.ts'
import type { TermCode } from './term-code.ts'

/** Postings of one term from `start` to `end` (exclusive), in ascending order of rows; see `rowOf`, `frequencyOf`. */
export type VisitSlice = (postings: Uint32Array, start: number, end: number) => void

/** A posting is one word: the row's number above, how often the term occurs there (up to 255) in the lowest byte. */
export const rowOf = (posting: number): number => posting >>> 8
export const frequencyOf = (posting: number): number => posting & 0xff
/** More than fits into memory: at 4 bytes a posting, 150 terms a passage, these are 10 GB. */
const mostRows = 2 ** 24

export interface Postings {
  /** Rows must be added in ascending order. */
  add(lo: number, hi: number, row: number, frequency: number): void
  /** The number of a term; -1 when no row has it. */
  find(term: TermCode): number
  /** How many rows have a term. */
  frequency(term: number): number
  visit(term: number, slice: VisitSlice): void
  /** Every term in the order in which it came, with its code. */
  codes(): Iterable<{ term: number; lo: number; hi: number }>
  readonly terms: number
}

const pageBits = 16
const pageSize = 1 << pageBits
const firstPage = 1024
/** Words of a term's record: rest of the code, frequency, first slice, place of the next posting, end of its slice. */
const stride = 5
/** Larger slices would leave too much of a page's end empty. */
const largestSlice = pageSize >> 3

/** How many postings the slice holds that begins after `seen` of them: sizes grow by half, so little stays empty. */
const capacity = (seen: number): number => (seen === 0 ? 1 : Math.min(largestSlice, (seen >> 1) + 2))

/**
 * Postings of 4 bytes in slices that grow with their term, in pages that are never copied (the slice pools of Lucene's
 * in-memory indexing chain); the last place of a slice links to the next. A term that occurs once costs about 50 bytes.
 */
export function createPostings(): Postings {
  const pages: Uint32Array[] = []
  let used = pageSize
  let terms = 0
  let records = new Uint32Array(64 * stride)
  let mask = 127
  /** Pairs of the code's low word and the term's number + 1. */
  let slots = new Uint32Array((mask + 1) * 2)

  /** An address is the page's number and the place in it. */
  function allocate(places: number): number {
    const size = pages.at(-1)?.length ?? 0
    if (used + places > size) {
      const next = Math.min(pageSize, Math.max(firstPage << Math.min(pages.length, 6), 2 * places))
      pages.push(new Uint32Array(next))
      used = 0
    }
    const address = ((pages.length - 1) << pageBits) | used
    used += places
    return address >>> 0
  }

  function pageOf(address: number): Uint32Array {
    const page = pages[address >>> pageBits]
    if (!page) throw new Error('a posting points outside its pages')
    return page
  }

  function slotOf(lo: number, hi: number): number {
    for (let slot = lo & mask; ; slot = (slot + 1) & mask) {
      const term = slots[slot * 2 + 1] ?? 0
      if (term === 0 || (slots[slot * 2] === lo && records[(term - 1) * stride] === hi)) return slot
    }
  }

  function rehash(): void {
    const old = slots
    mask = mask * 2 + 1
    slots = new Uint32Array((mask + 1) * 2)
    for (let i = 0; i < old.length; i += 2) {
      const term = old[i + 1] ?? 0
      if (term === 0) continue
      let slot = (old[i] ?? 0) & mask
      while (slots[slot * 2 + 1] !== 0) slot = (slot + 1) & mask
      slots[slot * 2] = old[i] ?? 0
      slots[slot * 2 + 1] = term
    }
  }

  /** Makes room for the term's next posting and gives its address. */
  function room(at: number): number {
    const seen = records[at + 1] ?? 0
    const places = capacity(seen)
    const start = allocate(places + 1)
    if (seen === 0) records[at + 2] = start
    else {
      const end = records[at + 4] ?? 0
      pageOf(end)[end & (pageSize - 1)] = start
    }
    records[at + 4] = start + places
    return start
  }

  return {
    add(lo, hi, row, frequency) {
      if (row >= mostRows) throw new RangeError(`a tenant of this index holds at most ${mostRows} passages`)
      const slot = slotOf(lo, hi)
      let term = slots[slot * 2 + 1] ?? 0
      if (term === 0) {
        term = ++terms
        slots[slot * 2] = lo
        slots[slot * 2 + 1] = term
        records = grown(records, terms * stride)
        records[(term - 1) * stride] = hi
        if (terms * 5 > mask * 3) rehash()
      }
      const at = (term - 1) * stride
      let address = records[at + 3] ?? 0
      if (address === records[at + 4]) address = room(at)
      pageOf(address)[address & (pageSize - 1)] = (row << 8) | frequency
      records[at + 1] = (records[at + 1] ?? 0) + 1
      records[at + 3] = address + 1
    },
    find: ({ lo, hi }) => (slots[slotOf(lo, hi) * 2 + 1] ?? 0) - 1,
    frequency: (term) => records[term * stride + 1] ?? 0,
    visit(term, slice) {
      const total = records[term * stride + 1] ?? 0
      let address = records[term * stride + 2] ?? 0
      for (let seen = 0; seen < total; ) {
        const places = capacity(seen)
        const count = Math.min(places, total - seen)
        const page = pageOf(address)
        const start = address & (pageSize - 1)
        slice(page, start, start + count)
        seen += count
        if (seen < total) address = page[start + places] ?? 0
      }
    },
    *codes() {
      const low = new Uint32Array(terms)
      for (let i = 0; i < slots.length; i += 2) {
        const term = slots[i + 1] ?? 0
        if (term > 0) low[term - 1] = slots[i] ?? 0
      }
      for (let term = 0; term < terms; term++) yield { term, lo: low[term] ?? 0, hi: records[term * stride] ?? 0 }
    },
    get terms() {
      return terms
    },
  }
}
