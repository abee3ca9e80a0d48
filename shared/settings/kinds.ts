import { type Scope, scopes } from './scopes.ts'

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
/** A URL that is compared to the letter, so nothing is taken off. */
export const exactUrl = (about: string): Setting<string> => ({
  about,
  fallback: '',
  parse(value) {
    if (value !== '' && (!URL.canParse(value) || !/^https?:\/\/[^\s?#]+$/.test(value)))
      invalid('must be an http or https URL without a query')
    return value
  },
})
export const matching = (about: string, pattern: RegExp, why: string): Setting<string> => ({
  about,
  fallback: '',
  parse: (value) => (pattern.test(value) ? value : invalid(why)),
})
const words = (value: string): string[] => value.split(/[\s,]+/).filter((word) => word !== '')
/** Words with spaces or commas between them. */
export const names = (about: string, fallback = ''): Setting<readonly string[]> => ({ about, fallback, parse: words })
export const listOf = <T extends string>(
  about: string,
  fallback: string,
  ...values: readonly T[]
): Setting<readonly T[]> => ({
  about: `${about} (${values.join(', ')})`,
  fallback,
  parse: (value) =>
    words(value).map(
      (word) => values.find((known) => known === word) ?? invalid(`may only have some of ${values.join(', ')}`),
    ),
})
/** A JSON object that gives scopes for names. */
export const scopeMap = (about: string): Setting<ReadonlyMap<string, readonly Scope[]>> => ({
  about,
  fallback: '',
  parse(value) {
    const why = `must be a JSON object of lists of ${scopes.join(', ')}`
    if (value === '') return new Map()
    let map: unknown
    try {
      map = JSON.parse(value)
    } catch {
      invalid(why)
    }
    if (typeof map !== 'object' || map === null || Array.isArray(map)) return invalid(why)
    return new Map(
      Object.entries(map).map(([name, list]: [string, unknown]) => {
        if (!Array.isArray(list)) return invalid(why)
        return [name, list.map((entry) => scopes.find((known) => known === entry) ?? invalid(why))]
      }),
    )
  },
})
export const minute = 60_000
export const mebi = 1024 * 1024

/** Several of some words; `none` is none of them and stands alone. */
export const someOf = <T extends string>(
  about: string,
  fallback: T,
  ...values: readonly T[]
): Setting<readonly Exclude<T, 'none'>[]> => ({
  about: `${about} (${values.join(' | ')})`,
  fallback,
  parse(value) {
    const parts = value.split(',').map((part) => part.trim())
    if (parts.length === 1 && parts[0] === 'none') return []
    const known = (word: T): word is Exclude<T, 'none'> => word !== 'none'
    const found = values.filter(known)
    const wrong = parts.find((part) => !found.some((word) => word === part))
    if (wrong !== undefined) invalid(`must be some of ${found.join(', ')}, or none`)
    return found.filter((word) => parts.includes(word))
  },
})
export const decimal = (about: string, fallback: number, min: number, max: number): Setting<number> => ({
  about,
  fallback: String(fallback),
  parse(value) {
    const number = /^\d*\.?\d+$/.test(value) ? Number(value) : Number.NaN
    if (!(number >= min && number <= max)) invalid(`must be a number from ${min} to ${max}`)
    return number
  },
})
/** `name=value,name=value`; values may be percent-encoded, as OpenTelemetry has them. */
export const pairs = (about: string): Setting<Readonly<Record<string, string>>> => ({
  about,
  fallback: '',
  parse(value) {
    const parts = value.split(',').filter((part) => part.trim() !== '')
    return Object.fromEntries(
      parts.map((part) => {
        const at = part.indexOf('=')
        if (at < 1) invalid('must be name=value, with commas between them')
        return [part.slice(0, at).trim(), decoded(part.slice(at + 1).trim())]
      }),
    )
  },
})

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
