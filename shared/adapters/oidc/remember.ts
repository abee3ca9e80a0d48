import { isKassError, KassError } from '../../errors.ts'

export interface Freshness {
  /** Age from which on something is loaded again before it is used. */
  refreshMs: number
  /** Age up to which it is used although loading it again fails. */
  maxAgeMs: number
  /** Shortest time from the beginning of one load to that of the next. */
  cooldownMs: number
  clock: () => number
}

export interface Remembered<T> {
  /** @throws KassError issuer_unavailable */
  get(): Promise<T>
  /**
   * The same, loaded anew unless that was done a moment ago.
   * @throws KassError issuer_unavailable
   */
  renew(): Promise<T>
}

/** Remembers what the issuer said. Whoever asks at the same time shares one load, and no flood of requests becomes one of loads. */
export function remember<T>(
  load: () => Promise<T>,
  { refreshMs, maxAgeMs, cooldownMs, clock }: Freshness,
  onFault: (error: unknown) => void,
): Remembered<T> {
  let known: { value: T; at: number } | undefined
  let begunAt = Number.NEGATIVE_INFINITY
  let loading: Promise<void> | undefined
  let fault: unknown

  async function attempt(): Promise<void> {
    const at = clock()
    begunAt = at
    try {
      known = { value: await load(), at }
      fault = undefined
    } catch (error) {
      fault = error
      // What has a code comes from another load, which has told of it.
      if (!isKassError(error)) onFault(error)
    } finally {
      loading = undefined
    }
  }

  async function reload(): Promise<void> {
    if (!loading && clock() - begunAt < cooldownMs) return
    loading ??= attempt()
    await loading
  }

  function use(): T {
    if (known && clock() - known.at < maxAgeMs) return known.value
    const retryAfterMs = Math.max(0, begunAt + cooldownMs - clock())
    throw new KassError('issuer_unavailable', { retryAfterMs, cause: fault })
  }

  return {
    async get() {
      if (known && clock() - known.at < refreshMs) return known.value
      const isUsable = known !== undefined && clock() - known.at < maxAgeMs
      const reloaded = reload()
      // One request finds out that the issuer is silent; until it speaks again the others don't wait for that.
      if (!isUsable || fault === undefined) await reloaded
      return use()
    },
    async renew() {
      await reload()
      return use()
    },
  }
}
