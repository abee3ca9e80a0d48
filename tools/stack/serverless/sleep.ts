import { performance } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import type { Operation } from './routes.ts'

/** A collection that scales to zero: indexing and search fall asleep and wake up each on their own. */
export interface Sleep {
  /** Resolves when the part that an operation needs is awake. */
  awake(operation: Operation): Promise<void>
  /** From now on both are asleep, and need so long for waking up; 0: both are awake at once and stay so. */
  fallAsleep(wakeUpMs: number): void
  /** Without a request for so long they fall asleep again. */
  idleMs: number
  wakeUpMs(): number
  /** How often one of them was woken up. */
  woken(): number
}

interface SleepingPart {
  /** When it was last asked. */
  last: number
  up: Promise<unknown>
}

/** @param idleMs as the service has it: ten minutes */
export function createSleep(idleMs = 600_000): Sleep {
  const indexing: SleepingPart = { last: -Infinity, up: Promise.resolve() }
  const search: SleepingPart = { last: -Infinity, up: Promise.resolve() }
  let needs = 0
  let woken = 0
  let called = new AbortController()
  const sleep: Sleep = {
    idleMs,
    async awake(operation) {
      const part = operation === 'search' || operation === 'describe' ? search : indexing
      const now = performance.now()
      if (needs > 0 && now - part.last > sleep.idleMs) {
        woken++
        part.up = wait(needs, undefined, { ref: false, signal: called.signal }).catch(() => undefined)
      }
      part.last = now
      await part.up
    },
    fallAsleep(wakeUpMs) {
      needs = wakeUpMs
      search.last = -Infinity
      indexing.last = -Infinity
      if (needs > 0) return
      called.abort()
      called = new AbortController()
    },
    wakeUpMs: () => needs,
    woken: () => woken,
  }
  return sleep
}
