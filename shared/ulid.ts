import { randomFillSync } from 'node:crypto'
import { ulid as makeUlid } from 'ulid'

/** Random bytes are drawn in stock: one call for each letter would cost more than all the rest of an id. */
const stock = new Uint8Array(4096)
let used = stock.length

function random(): number {
  if (used === stock.length) {
    randomFillSync(stock)
    used = 0
  }
  return (stock[used++] ?? 0) / 256
}

/** A ULID (26 letters, sorted by time) of now, or of `time` in milliseconds since 1970. */
export function ulid(time?: number): string {
  return makeUlid(time, random)
}
