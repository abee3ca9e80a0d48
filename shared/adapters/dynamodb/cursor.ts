import { KassError } from '../../errors.ts'
import { digest } from './keys.ts'

/** Where the next page of a list begins, as an opaque word for callers. `list` says whose and which: it fits no other. */
export function toCursor(list: readonly string[], position: string | number): string {
  return Buffer.from(JSON.stringify([digest(...list), position])).toString('base64url')
}

function positionOf(list: readonly string[], cursor: string): unknown {
  try {
    const decoded: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(decoded) && decoded.length === 2 && decoded[0] === digest(...list) ? decoded[1] : undefined
  } catch {
    return undefined
  }
}

/** @throws KassError invalid_cursor */
export function textCursor(list: readonly string[], cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined
  const position = positionOf(list, cursor)
  if (typeof position !== 'string') throw new KassError('invalid_cursor', { place: 'cursor' })
  return position
}

/** @throws KassError invalid_cursor */
export function numberCursor(list: readonly string[], cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined
  const position = positionOf(list, cursor)
  if (!Number.isSafeInteger(position)) throw new KassError('invalid_cursor', { place: 'cursor' })
  return Number(position)
}
