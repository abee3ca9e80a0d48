/** A clock that only moves when a test says so. */
export interface TestClock {
  (): number
  advance(ms: number): void
}

/** A clock that stands still at a fixed time. */
export function createTestClock(start = 1_700_000_000_000): TestClock {
  let now = start
  const clock = () => now
  return Object.assign(clock, {
    advance(ms: number) {
      now += ms
    },
  })
}

/** Everything that an async iterable gives. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** Whatever is asked for must be there: fails the test by throwing otherwise. */
export function present<T>(value: T | undefined, what = 'value'): T {
  if (value === undefined) throw new Error(`there is no ${what}`)
  return value
}

/** What a value is once stored: properties that are undefined are not there. */
export function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value))
}
