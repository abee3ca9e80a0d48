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

/** @throws KassError rate_limited, with the time until the window ends */
async function take(limiter: Limiter, request: FastifyRequest, detail: string): Promise<void> {
  const taken = await limiter(request)
  if (!taken.isAllowed && taken.isExceeded) throw new KassError('rate_limited', { detail, retryAfterMs: taken.ttl })
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
      await take(burst, request, `This key may send ${config.RATE_BURST} requests a second.`)
      await take(rate, request, `This key may send ${config.RATE_PER_MINUTE} requests a minute.`)
    },
    failed: (request) => take(failures, request, 'This address has sent too many refused keys.'),
  }
}

/** Refuses work while the event loop lags, so that what is under way gets done. /health still answers. */
export async function addShedding(app: App, config: Config): Promise<void> {
  if (config.MAX_EVENT_LOOP_DELAY_MS === 0) return
  await app.register(underPressure, {
    maxEventLoopDelay: config.MAX_EVENT_LOOP_DELAY_MS,
    async pressureHandler(request) {
      if (request.routeOptions.url === '/health') return
      throw new KassError('overloaded', { retryAfterMs: 1000 })
    },
  })
}

/** Places for work that is bounded in number. */
export interface Places {
  /** @throws KassError overloaded when all are taken */
  take(): () => void
}

export function createPlaces(max: number, detail: string): Places {
  let taken = 0
  return {
    take() {
      if (taken >= max) throw new KassError('overloaded', { detail, retryAfterMs: 1000 })
      taken++
      let free = false
      return () => {
        if (free) return
        free = true
        taken--
      }
    },
  }
}
