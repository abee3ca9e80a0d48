import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from '../../shared/logger.ts'

/** Something that provisioning needs, and the setting that says where it is. */
export interface Target {
  setting: string
  url: string
}

export interface WaitOptions {
  /** Longest wait for all of them together. */
  limitMs: number
  logger: Pick<Logger, 'info'>
  /** Between two tries. */
  everyMs?: number
}

const tryMs = 2_000

/**
 * Waits until every target answers HTTP with anything but a failure of its own (5xx): containers that were just started
 * need their time.
 * @throws Error that names the setting, the address and what happened last
 */
export async function untilAnswering(targets: readonly Target[], options: WaitOptions): Promise<void> {
  const { limitMs, logger, everyMs = 250 } = options
  const deadline = Date.now() + limitMs
  await Promise.all(
    targets.map(async ({ setting, url }) => {
      const began = Date.now()
      for (;;) {
        const fault = await faultOf(url)
        if (fault === undefined) break
        if (Date.now() >= deadline) {
          throw new Error(`${url} (${setting}) is not ready after ${Math.round(limitMs / 1000)} s: ${fault}`)
        }
        await wait(everyMs)
      }
      logger.info({ setting, url, latency: Date.now() - began }, 'it answers')
    }),
  )
}

/** Why an address is not ready; undefined when it is. */
async function faultOf(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(tryMs), redirect: 'manual' })
    await answer.body?.cancel()
    return answer.status < 500 ? undefined : `it answers ${answer.status}`
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return cause instanceof Error ? cause.message || cause.name : String(cause)
  }
}
