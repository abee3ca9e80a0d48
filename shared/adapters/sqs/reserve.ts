import type { Delivery } from './letters.ts'

interface Lane {
  /** Oldest first. */
  waiting: Delivery[]
  /** When its tenant was served last, as a count. */
  served: number
}

export type Reserve = ReturnType<typeof createReserve>

/** Messages that were received and not handed out yet: a lane for each tenant. */
export function createReserve() {
  const lanes = new Map<string, Lane>()
  /** When each job that waits here arrived. */
  const known = new Map<string, number>()
  let turns = 0
  const about = (delivery: Delivery) => JSON.stringify(delivery.job)

  function laneOf(tenant: string): Lane {
    const lane = lanes.get(tenant) ?? { waiting: [], served: 0 }
    lanes.set(tenant, lane)
    return lane
  }

  function remove(lane: Lane, from: number, howMany?: number): Delivery[] {
    const removed = lane.waiting.splice(from, howMany ?? lane.waiting.length)
    for (const delivery of removed) known.delete(about(delivery))
    return removed
  }

  return {
    get size() {
      return known.size
    },
    /** When the first of those that wait here arrived. */
    since: () => Math.min(...known.values()),
    all: () => [...lanes.values()].flatMap((lane) => lane.waiting),
    /** False when the same job is waiting here already: whoever handles that one does this one's work. */
    add(delivery: Delivery, now: number): boolean {
      const key = about(delivery)
      if (known.has(key)) return false
      known.set(key, now)
      const { waiting } = laneOf(delivery.tenant)
      let place = waiting.length
      while (place > 0 && (waiting[place - 1]?.dueAt ?? 0) > delivery.dueAt) place--
      waiting.splice(place, 0, delivery)
      return true
    },
    /** The next in turn: of the tenant with the fewest messages in hand, then of the one that waited longest. */
    next(inHand: ReadonlyMap<string, number>): Delivery | undefined {
      let best: { lane: Lane; held: number } | undefined
      for (const [tenant, lane] of lanes) {
        if (lane.waiting.length === 0) continue
        const held = inHand.get(tenant) ?? 0
        const sooner = !best || held < best.held || (held === best.held && lane.served < best.lane.served)
        if (sooner) best = { lane, held }
      }
      return best?.lane.waiting[0]
    },
    take(delivery: Delivery): void {
      const lane = laneOf(delivery.tenant)
      lane.served = ++turns
      remove(lane, lane.waiting.indexOf(delivery), 1)
    },
    /** Takes out what each tenant has beyond its first `keep`, if it is `least` messages altogether. */
    surplus(keep: number, least = 0): Delivery[] {
      const beyond = [...lanes.values()].reduce((sum, lane) => sum + Math.max(0, lane.waiting.length - keep), 0)
      return beyond < least ? [] : [...lanes.values()].flatMap((lane) => remove(lane, keep))
    },
    /** Forgets the turns of tenants that have nothing waiting, or there would be a lane for everyone forever. */
    forgetTurns(): void {
      for (const [tenant, lane] of lanes) if (lane.waiting.length === 0) lanes.delete(tenant)
    },
  }
}
