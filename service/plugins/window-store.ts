interface Window {
  count: number
  endsAt: number
}

/** Keys that are remembered; beyond that the oldest window is forgotten, so that no flood of keys fills the memory. */
const maxKeys = 50_000

/**
 * Fixed windows in memory, as @fastify/rate-limit wants a store. Its own gives every request the same counter object,
 * so that requests arriving together all see the count of the last of them and are all refused; this one tells each
 * request its own count. A class, because the plugin makes it with `new`.
 */
export class WindowStore {
  readonly #windows = new Map<string, Window>()

  incr(
    key: string,
    callback: (error: Error | null, result?: { current: number; ttl: number }) => void,
    timeWindow: number,
  ): void {
    const now = Date.now()
    let window = this.#windows.get(key)
    if (!window || window.endsAt <= now) {
      this.#windows.delete(key)
      window = { count: 0, endsAt: now + timeWindow }
      this.#windows.set(key, window)
      const oldest = this.#windows.keys().next()
      if (this.#windows.size > maxKeys && !oldest.done) this.#windows.delete(oldest.value)
    }
    window.count++
    callback(null, { current: window.count, ttl: window.endsAt - now })
  }

  /** What stands in a window, without counting. */
  read(key: string, callback: (error: Error | null, result?: { current: number; ttl: number }) => void): void {
    const window = this.#windows.get(key)
    const ttl = Math.max(0, (window?.endsAt ?? 0) - Date.now())
    callback(null, { current: ttl > 0 ? (window?.count ?? 0) : 0, ttl })
  }

  /** Another limit counts for itself. */
  child(): WindowStore {
    return new WindowStore()
  }
}
