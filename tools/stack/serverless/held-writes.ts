import { performance } from 'node:perf_hooks'

/** A write that was acknowledged; without `source` it is a removal. */
export interface Write {
  index: string
  id: string
  source?: string
  /** The index was not there when the write came, so the node may make it. */
  makesIndex?: boolean
}

interface Held extends Write {
  due: number
}

export interface HeldWrites {
  /** Holds writes for so long, behind all earlier ones; resolves when searches see them. */
  hold(writes: readonly Write[], lagMs: number): Promise<void>
  /** What the newest held write of a document does; undefined when none is held. */
  outcome(index: string, id: string): 'put' | 'removed' | undefined
  /** Forgets what is held for an index; resolves when nothing more is on its way there. */
  drop(index: string): Promise<void>
  /** Resolves when searches see everything that is held at this moment. */
  flush(): Promise<void>
  pending(): number
  /** Ends; what is still held is lost. */
  close(): void
}

const atOnce = 500
const keyOf = ({ index, id }: Write) => `${index}/${id}`

/**
 * Writes that were acknowledged but are not to be seen yet, applied in their order.
 * @param apply shows writes to searches; when it fails they are tried again, in the same order
 */
export function createHeldWrites(apply: (writes: readonly Write[]) => Promise<void>, retryMs = 250): HeldWrites {
  let held: Held[] = []
  const newest = new Map<string, Held>()
  let waiting: { write: Held; resolve: () => void }[] = []
  let lastDue = 0
  let applying: Promise<void> | undefined
  let closed = false
  let timer: NodeJS.Timeout | undefined

  const forget = (gone: ReadonlySet<Held>) => {
    held = held.filter((write) => !gone.has(write))
    for (const write of gone) if (newest.get(keyOf(write)) === write) newest.delete(keyOf(write))
    for (const { resolve } of waiting.filter(({ write }) => gone.has(write))) resolve()
    waiting = waiting.filter(({ write }) => !gone.has(write))
  }
  const wakeUp = () => {
    clearTimeout(timer)
    const [first] = held
    if (!closed && !applying && first) timer = setTimeout(run, Math.max(0, first.due - performance.now()))
  }
  const run = () => {
    const now = performance.now()
    const late = held.findIndex(({ due }) => due > now)
    const ready = held.slice(0, Math.min(late < 0 ? held.length : late, atOnce))
    if (ready.length === 0) return wakeUp()
    applying = apply(ready)
      .then(
        () => forget(new Set(ready)),
        () => new Promise<void>((resolve) => setTimeout(resolve, retryMs)),
      )
      .then(() => {
        applying = undefined
        wakeUp()
      })
  }
  const untilSeen = (write: Held | undefined) =>
    write ? new Promise<void>((resolve) => waiting.push({ write, resolve })) : Promise.resolve()

  return {
    hold(writes, lagMs) {
      lastDue = Math.max(lastDue, performance.now() + lagMs)
      for (const write of writes) {
        const entry = { ...write, due: lastDue }
        held.push(entry)
        newest.set(keyOf(write), entry)
      }
      wakeUp()
      return untilSeen(writes.length > 0 ? held.at(-1) : undefined)
    },
    outcome(index, id) {
      const last = newest.get(keyOf({ index, id }))
      return last && (last.source === undefined ? 'removed' : 'put')
    },
    async drop(index) {
      forget(new Set(held.filter((write) => write.index === index)))
      await applying
    },
    flush() {
      for (const write of held) write.due = 0
      lastDue = 0
      wakeUp()
      return untilSeen(held.at(-1))
    },
    pending: () => held.length,
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}
