import type { SQLOutputValue } from 'node:sqlite'

/** A column that must hold text. */
export function text(value: SQLOutputValue | undefined): string {
  if (typeof value !== 'string') throw new TypeError(`the database holds ${typeof value} where text belongs`)
  return value
}

/** A column that must hold a number. */
export function number(value: SQLOutputValue | undefined): number {
  if (typeof value !== 'number') throw new TypeError(`the database holds ${typeof value} where a number belongs`)
  return value
}

/** A column of text that may be empty (NULL). */
export function optionalText(value: SQLOutputValue | undefined): string | undefined {
  return value === null || value === undefined ? undefined : text(value)
}

/** A column of numbers that may be empty (NULL). */
export function optionalNumber(value: SQLOutputValue | undefined): number | undefined {
  return value === null || value === undefined ? undefined : number(value)
}

/** A column that holds a JSON list of strings; most are empty, which costs no parsing. */
export function strings(value: SQLOutputValue | undefined): string[] {
  const json = text(value)
  if (json === '[]') return []
  const list: unknown = JSON.parse(json)
  if (!Array.isArray(list)) throw new TypeError('the database holds something else where a list belongs')
  return list.map((entry) => String(entry))
}
