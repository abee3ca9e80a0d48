import { followSignal } from '../shared/follow-signal.ts'
import { type Claim, ClaimLost } from '../shared/ports/document-store.ts'
import type { WorkerDeps } from './deps.ts'

export interface Lease {
  claim: Claim
  /** Fires when the claim is lost, or when the worker must stop. */
  signal: AbortSignal
  /**
   * To be called before every write that the document store cannot fence (those to the index).
   * @throws ClaimLost when the lease may have ended, whatever the store would say
   */
  check(): void
  stop(): void
}

/** Keeps a claim alive while its document is worked on, a third of the lease ahead of its end. */
export function holdLease(deps: WorkerDeps, claim: Claim, claimedAt: number, stopping: AbortSignal): Lease {
  const { leaseMs } = deps.settings
  const lost = new AbortController()
  const unfollow = followSignal(lost, stopping)
  let until = claimedAt + leaseMs
  const timer = setInterval(async () => {
    const asked = deps.clock()
    try {
      await deps.ports.documents.extend(claim, leaseMs)
      until = asked + leaseMs
    } catch (error) {
      // Anything else may pass before the lease ends; if it does not, check() ends the work.
      if (error instanceof ClaimLost) lost.abort(error)
      else deps.logger.warn({ err: error, documentId: claim.id }, 'a lease could not be extended')
    }
  }, leaseMs / 3)
  timer.unref()
  return {
    claim,
    signal: lost.signal,
    check() {
      stopping.throwIfAborted()
      if (lost.signal.aborted || deps.clock() >= until) throw new ClaimLost(claim.id)
    },
    stop() {
      clearInterval(timer)
      unfollow()
    },
  }
}
