import { KassError } from '../../errors.ts'

/** Where the next page begins, as an opaque word for callers. */
export function toCursor(position: string | number): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

function decoded(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined
  }
}

/** @throws KassError invalid_cursor */
export function textCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined
  const position = decoded(cursor)
  if (typeof position !== 'string') throw new KassError('invalid_cursor', { place: 'cursor' })
  return position
}

/** @throws KassError invalid_cursor */
export function numberCursor(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined
  const position = decoded(cursor)
  if (!Number.isSafeInteger(position)) throw new KassError('invalid_cursor', { place: 'cursor' })
  return Number(position)
}
