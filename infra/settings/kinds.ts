/** One line of the table of a stack's settings. */
export interface StackSetting<T> {
  about: string
  /** As it would be written in `Pulumi.<stack>.yaml`; '' means that there is none. */
  fallback: string
  /** It changes what a month costs; the cost command reads it. */
  costs: boolean
  parse(text: string): T
}

export class InvalidSetting extends Error {}
const invalid = (why: string): never => {
  throw new InvalidSetting(why)
}

export const text = (about: string, fallback = '', pattern = /^/, shape = ''): StackSetting<string> => ({
  about,
  fallback,
  costs: false,
  parse: (value) => (value === '' || pattern.test(value) ? value : invalid(`must be ${shape}`)),
})

export const oneOf = <T extends string>(about: string, fallback: T, ...values: readonly T[]): StackSetting<T> => ({
  about: `${about} (${values.join(' \\| ')})`,
  fallback,
  costs: false,
  parse: (value) => values.find((known) => known === value) ?? invalid(`must be one of ${values.join(', ')}`),
})

export const flag = (about: string, fallback: boolean): StackSetting<boolean> => ({
  about,
  fallback: String(fallback),
  costs: false,
  parse: (value) => (value === 'true' ? true : value === 'false' ? false : invalid('must be true or false')),
})

export const number = (about: string, fallback: number, min: number, max: number): StackSetting<number> => ({
  about,
  fallback: String(fallback),
  costs: false,
  parse(value) {
    const given = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN
    if (!(given >= min && given <= max)) invalid(`must be a number from ${min} to ${max}`)
    return given
  },
})

/** One of these numbers only, since the service has no others. */
export const numberOf = <T extends number>(about: string, fallback: T, ...values: readonly T[]): StackSetting<T> => ({
  about: `${about} (${values.join(' \\| ')})`,
  fallback: String(fallback),
  costs: false,
  parse: (value) => values.find((known) => String(known) === value) ?? invalid(`must be one of ${values.join(', ')}`),
})

/** Words with commas between them; each once. */
export const someOf = <T extends string>(about: string, ...values: readonly T[]): StackSetting<readonly T[]> => ({
  about: `${about} (any of ${values.join(', ')}; with commas between)`,
  fallback: '',
  costs: false,
  parse(value) {
    const words = value.split(',').map((word) => word.trim())
    const given = new Set(words.filter((word) => word !== ''))
    const known = values.filter((word) => given.has(word))
    return known.length === given.size ? known : invalid(`may name ${values.join(', ')}`)
  },
})

/** Marks a setting that changes what a month costs. */
export const costing = <T>(setting: StackSetting<T>): StackSetting<T> => ({ ...setting, costs: true })
