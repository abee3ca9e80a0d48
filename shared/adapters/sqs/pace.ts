/** What the queue's own numbers say: messages that wait, and messages in the hands of other workers. */
export interface Load {
  waiting: number
  others: number
}

/** Messages that a tenant may always have in the reserve. */
const leastKept = 32
/** The most messages that one look goes through. */
export const longestLook = 500
/** How long a message stays in the reserve while all places are taken; then other workers get it. */
export const reserveMs = 1000
const longestLookMs = 2000
/** Should the estimate be wrong, places are without work for so long at most. */
const longestSpreadMs = 300_000

/** How long a job is thought to take before any has ended. */
const firstGuessMs = 1000

const mix = (before: number, latest: number) => before * 0.8 + latest * 0.2

export type Pace = ReturnType<typeof createPace>

/**
 * How long jobs take, and what follows from it: how much looking around costs little beside the work, how many
 * messages are worth keeping at hand, and how far a backlog may be put off without leaving a place idle.
 */
export function createPace(concurrency: number, clock: () => number) {
  const begun = new Map<object, number>()
  /** A mean in which the latest jobs count most. */
  let usual: number | undefined
  let careful = firstGuessMs

  /** Milliseconds; undefined while nothing has run. Jobs that still run count as what they have taken so far. */
  function mean(): number | undefined {
    const at = clock()
    const ages = [...begun.values()].map((start) => at - start)
    const running = ages.length > 0 ? ages.reduce((sum, age) => sum + age, 0) / ages.length : undefined
    if (usual === undefined) return running
    return Math.max(usual, running ?? 0)
  }

  /** How many jobs the places here get done in a while. */
  const usedUp = (ms: number) => Math.floor((concurrency * ms) / Math.max(1, mean() ?? 1))

  return {
    began: (job: object) => begun.set(job, clock()),
    ended(job: object): void {
      const took = Math.max(0, clock() - (begun.get(job) ?? clock()))
      begun.delete(job)
      usual = usual === undefined ? took : mix(usual, took)
      careful = mix(careful, took)
    },
    /** A look may take twice as long as a job. One quick job alone does not make looks short. */
    lookMs: () => Math.min(longestLookMs, 2 * careful),
    /** Of the reserve that is given back, what each tenant gets back at once: enough for the places here and others. */
    atOnce: 2 * concurrency,
    /** What is worth keeping at hand during a look. */
    kept: () => Math.min(longestLook, Math.max(leastKept, 2 * usedUp(reserveMs))),
    /** What is worth keeping at hand when all places are taken: the places will have used it up soon. */
    keptWhenFull: () => Math.min(longestLook, usedUp(reserveMs)),
    /** Over how long a backlog is spread: half of the time that all workers together need for it. */
    spreadMs({ waiting, others }: Load): number {
      return Math.min(longestSpreadMs, ((mean() ?? 0) * waiting) / (concurrency + others) / 2)
    },
  }
}
