import { InvalidArgumentError } from 'commander'

const units = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
])
/** Longer ones are slips of the hand. */
const longestMs = 100 * 366 * 86_400_000

function durationOf(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,9})([a-z])$/.exec(text) ?? []
  const ms = Number(count) * (units.get(unit) ?? Number.NaN)
  return ms <= longestMs ? ms : undefined
}

/**
 * A duration as people write it, in milliseconds: `30m`, `12h`, `90d`, `2w`.
 * @throws InvalidArgumentError
 */
export function duration(text: string): number {
  const ms = durationOf(text)
  if (ms === undefined) throw new InvalidArgumentError('A duration is a number and one of s, m, h, d, w: 12h, 90d.')
  return ms
}

const dateForm = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/

function dateOf(text: string): number | undefined {
  const [at, day] = [Date.parse(text), text.slice(0, 10)]
  if (!dateForm.test(text) || Number.isNaN(at)) return undefined
  // The 30th of February is carried over to March.
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day) ? at : undefined
}

/**
 * A time to come, in milliseconds since 1970: a duration from now, or a date (its beginning in UTC), or a date with time
 * and zone.
 * @throws InvalidArgumentError
 */
export function timeToCome(text: string, now: number): number {
  const ms = durationOf(text)
  const at = ms === undefined ? dateOf(text) : now + ms
  if (at === undefined) {
    throw new InvalidArgumentError('Give a duration (90d), a date (2027-01-31) or a time (2027-01-31T18:00Z).')
  }
  if (at <= now) throw new InvalidArgumentError('That time is over.')
  return at
}
