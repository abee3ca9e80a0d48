import { setTimeout as wait } from 'node:timers/promises'
import { KassError } from '../../errors.ts'

/**
 * Longer for each try, and never the same for two who wait for one another (full jitter).
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
const firstMs = 10
const longestMs = 200
/** About four seconds of waiting in all: dozens of writers that meet on one item get through. */
const maxTries = 45

/**
 * For what the SDK does not try again by itself: waits before the next try.
 * @param tries how many there were
 * @throws KassError storage_throttled when there were enough
 */
export async function backOff(tries: number, cause?: unknown): Promise<void> {
  if (tries >= maxTries) throw new KassError('storage_throttled', { cause })
  await wait(Math.random() * Math.min(longestMs, firstMs * 2 ** tries))
}
