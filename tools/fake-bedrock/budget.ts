import { ServiceError } from './service-error.ts'

export interface Reservation {
  /** What the request really used up, in place of what was held for it. */
  settle(tokens: number): void
}

export interface Budget {
  /** Tokens a minute of a model; null ends the limit. */
  limit(model: string, tokensPerMinute: number | null): void
  /**
   * Holds what a request may use up at most (its input and `maxTokens`) for the minute that begins now.
   * @throws ServiceError ThrottlingException with the seconds until there is room
   */
  reserve(model: string, tokens: number): Reservation
  limits(): Record<string, number>
  reset(): void
}

/** The service's quota of tokens a minute, over a sliding window. */
export function createBudget(windowMs = 60_000, now: () => number = Date.now): Budget {
  const limits = new Map<string, number>()
  const used = new Map<string, { at: number; tokens: number }[]>()
  return {
    limit(model, tokensPerMinute) {
      if (tokensPerMinute === null) limits.delete(model)
      else limits.set(model, tokensPerMinute)
    },
    reserve(model, tokens) {
      const limit = limits.get(model)
      if (limit === undefined) return { settle() {} }
      const time = now()
      const recent = (used.get(model) ?? []).filter((entry) => time - entry.at < windowMs)
      used.set(model, recent)
      const excess = recent.reduce((sum, entry) => sum + entry.tokens, tokens) - limit
      if (excess > 0) throw refusal(recent, excess, time, windowMs)
      const entry = { at: time, tokens }
      recent.push(entry)
      return {
        settle(really) {
          entry.tokens = really
        },
      }
    },
    limits: () => Object.fromEntries(limits),
    reset() {
      limits.clear()
      used.clear()
    },
  }
}

function refusal(recent: readonly { at: number; tokens: number }[], excess: number, time: number, windowMs: number) {
  let freed = 0
  // More than the whole budget never fits, and is told to wait for a whole window.
  let wait = windowMs
  for (const { at, tokens } of recent) {
    freed += tokens
    if (freed >= excess) {
      wait = at + windowMs - time
      break
    }
  }
  const message = 'Too many tokens, please wait before trying again.'
  return new ServiceError('ThrottlingException', message, Math.max(1, Math.ceil(wait / 1000)))
}
