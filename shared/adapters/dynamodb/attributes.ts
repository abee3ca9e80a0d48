/** An item as the document client gives it. */
export type Item = Record<string, unknown>

/** An attribute that must hold text. */
export function text(item: Item, name: string): string {
  const value = item[name]
  if (typeof value !== 'string') throw new TypeError(`the table holds ${typeof value} where ${name} must be text`)
  return value
}

/** An attribute that must hold a number. */
export function number(item: Item, name: string): number {
  const value = item[name]
  if (typeof value !== 'number') throw new TypeError(`the table holds ${typeof value} where ${name} must be a number`)
  return value
}

/** An attribute that may be missing. */
export function optionalText(item: Item, name: string): string | undefined {
  return item[name] === undefined ? undefined : text(item, name)
}

/** An attribute that may be missing. */
export function optionalNumber(item: Item, name: string): number | undefined {
  return item[name] === undefined ? undefined : number(item, name)
}

/** An attribute that must hold a list of texts. */
export function strings(item: Item, name: string): string[] {
  const value = item[name]
  if (!Array.isArray(value)) throw new TypeError(`the table holds ${typeof value} where ${name} must be a list`)
  return value.map((entry) => String(entry))
}
