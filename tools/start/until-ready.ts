import { setTimeout as wait } from 'node:timers/promises'

/** Its answer holds for two seconds: asking more often only fills its log. */
const againMs = 1000
const reconnectMs = 100

/**
 * Resolves when a server says that it can serve (`/ready` 200), or the signal ends the wait.
 * @param waiting told once, when it says that it can't yet, with the names of what is not there where it tells them
 */
export async function untilReady(url: string, signal: AbortSignal, waiting: (parts: string[]) => void): Promise<void> {
  let told = false
  while (!signal.aborted) {
    const response = await fetch(`${url}/ready`, { signal }).catch(() => undefined)
    if (response?.ok) {
      await response.body?.cancel()
      return
    }
    const problem: unknown = await response?.json().catch(() => undefined)
    if (response && !told) {
      told = true
      waiting(failing(problem))
    }
    await wait(response ? againMs : reconnectMs, undefined, { signal }).catch(() => {})
  }
}

function failing(problem: unknown): string[] {
  if (typeof problem !== 'object' || problem === null || !('checks' in problem)) return []
  const checks: unknown[] = Array.isArray(problem.checks) ? problem.checks : []
  return checks.flatMap((check) =>
    typeof check === 'object' && check !== null && 'ok' in check && check.ok === false && 'name' in check
      ? [String(check.name)]
      : [],
  )
}
