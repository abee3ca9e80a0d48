import rateLimit from '@fastify/rate-limit'
import underPressure from '@fastify/under-pressure'
import type { FastifyRequest } from 'fastify'
import type { Config } from '../../shared/config.ts'
import { KassError } from '../../shared/errors.ts'
import type { App } from '../deps.ts'
import { WindowStore } from './window-store.ts'

const minute = 60_000
/** Refused keys that one address may send in a minute before it is told to wait. */
const failuresPerMinute = 60

type Limiter = ReturnType<App['createRateLimit']>

/** @throws KassError rate_limited */
function refuse(detail: string, retryAfterMs: number): never {
  throw new KassError('rate_limited', { detail, retryAfterMs })
}

/** @throws KassError rate_limited, with the time until the window ends */
async function take(limiter: Limiter, request: FastifyRequest, detail: string): Promise<void> {
  const taken = await limiter(request)
  if (!taken.isAllowed && taken.isExceeded) refuse(detail, taken.ttl)
}

/** Until when nothing is left in a window, in milliseconds; 0 when something is. Counts nothing. */
async function usedUpFor(limiter: Limiter, request: FastifyRequest): Promise<number> {
  const seen = await limiter(request, { increment: false })
  return seen.isAllowed || seen.remaining > 0 ? 0 : seen.ttl
}

export interface Limits {
  /** Counts a request of a caller who is known. */
  byKey(request: FastifyRequest): Promise<void>
  /** Counts a refused key, by address. Who holds a good key is never kept out by the bad ones of others. */
  failed(request: FastifyRequest): Promise<void>
}

/** Counters of this process: a burst in a second and a rate in a minute for each key, and refused keys by address. */
export async function createLimits(app: App, config: Config): Promise<Limits> {
  await app.register(rateLimit, { global: false, store: WindowStore })
  const keyGenerator = (request: FastifyRequest) => request.principal?.keyId ?? request.ip
  const burst = app.createRateLimit({ max: config.RATE_BURST, timeWindow: 1000, keyGenerator })
  const rate = app.createRateLimit({ max: config.RATE_PER_MINUTE, timeWindow: minute, keyGenerator })
  const failures = app.createRateLimit({ max: failuresPerMinute, timeWindow: minute })
  return {
    async byKey(request) {
      const second = await burst(request)
      if (!second.isAllowed && second.isExceeded) {
        // When the minute is used up as well, the end of this second would be a promise that does not hold.
        const wait = Math.max(second.ttl, await usedUpFor(rate, request))
        refuse(`This caller may send ${config.RATE_BURST} requests a second.`, wait)
      }
      await take(rate, request, `This caller may send ${config.RATE_PER_MINUTE} requests a minute.`)
    },
    failed: (request) => take(failures, request, 'This address has sent too many refused keys or tokens.'),
  }
}

/**
 * Refuses work while the event loop lags, so that what is under way gets done. /health still answers, and so does
 * /metrics, which is wanted most then.
 */
export async function addShedding(app: App, config: Config): Promise<void> {
  if (config.MAX_EVENT_LOOP_DELAY_MS === 0) return
  await app.register(underPressure, {
    maxEventLoopDelay: config.MAX_EVENT_LOOP_DELAY_MS,
    async pressureHandler(request) {
      const { url } = request.routeOptions
      if (url === '/health' || url === '/metrics') return
      throw new KassError('overloaded', { retryAfterMs: 1000 })
    },
  })
}

/** Places for work that is bounded in number. */
export interface Places {
  /** @throws KassError overloaded when all are taken, or `holder` has its share of them */
  take(holder?: string): () => void
}

/** @param share how many places one holder may have, so that nobody takes all of them */
export function createPlaces(max: number, detail: string, share = max): Places {
  let taken = 0
  const held = new Map<string, number>()
  function change(holder: string | undefined, by: 1 | -1): void {
    taken += by
    if (holder === undefined) return
    const count = (held.get(holder) ?? 0) + by
    if (count > 0) held.set(holder, count)
    else held.delete(holder)
  }
  return {
    take(holder) {
      const own = holder === undefined ? 0 : (held.get(holder) ?? 0)
      if (taken >= max || own >= share) throw new KassError('overloaded', { detail, retryAfterMs: 1000 })
      change(holder, 1)
      let free = false
      return () => {
        if (free) return
        free = true
        change(holder, -1)
      }
    },
  }
}
