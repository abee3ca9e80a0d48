/** One line of the table of settings. */
export interface Setting<T> {
  about: string
  /** As it would be written in the environment; '' means that there is none. */
  fallback: string
  secret?: true
  parse(text: string): T
}

export class Invalid extends Error {}
const invalid = (why: string): never => {
  throw new Invalid(why)
}

export const text = (about: string, fallback = ''): Setting<string> => ({ about, fallback, parse: (value) => value })
export const secret = (about: string): Setting<string> => ({ ...text(about), secret: true })
export const oneOf = <T extends string>(about: string, fallback: T, ...values: readonly T[]): Setting<T> => ({
  about: `${about} (${values.join(' | ')})`,
  fallback,
  parse: (value) => values.find((known) => known === value) ?? invalid(`must be one of ${values.join(', ')}`),
})
export const integer = (about: string, fallback: number, min: number, max: number): Setting<number> => ({
  about,
  fallback: String(fallback),
  parse(value) {
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN
    if (!(number >= min && number <= max)) invalid(`must be a whole number from ${min} to ${max}`)
    return number
  },
})
export const url = (about: string, fallback = ''): Setting<string> => ({
  about,
  fallback,
  parse(value) {
    if (value === '') return value
    if (!URL.canParse(value) || !/^https?:/.test(value)) invalid('must be an http or https URL')
    return value.replace(/\/+$/, '')
  },
})
export const minute = 60_000
export const mebi = 1024 * 1024
