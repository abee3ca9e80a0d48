import type { ServerResponse } from 'node:http'
import { type Budget, createBudget } from './budget.ts'
import { type Answer, type Change, createQueue, type Fault, type Operation } from './control.ts'
import { type Counting, createCounting, type Recorded } from './counters.ts'
import type { Exchange } from './exchange.ts'
import { createGate } from './http.ts'
import type { Guardrail } from './reply.ts'
import { createPromptCache, type PromptCache } from './usage.ts'

/** Requests of which the bodies are kept. */
const kept = 100

/** All that the emulator remembers between requests. */
export interface State {
  counting: Counting
  cache: PromptCache
  budget: Budget
  faults: ReturnType<typeof createQueue<Fault>>
  answers: ReturnType<typeof createQueue<Answer>>
  denied: Set<string>
  endOfLife: Set<string>
  aliases: Map<string, string>
  guardrail: Guardrail | undefined
  /** The last ones, oldest first. */
  recorded: Recorded[]
  record(request: Recorded): void
  /** Counts a request until its response is closed. */
  begin(operation: Operation, response: ServerResponse, fault: Fault): Exchange
  change(change: Change): void
  /** Forgets everything, and lets go what is held or stalled. */
  reset(): void
}

/** @param minuteMs how long the minute of a token budget is */
export function createState(minuteMs?: number): State {
  const counting = createCounting()
  const releases = createGate()
  const resets = createGate()
  const underWay = new Map<Operation, number>()
  const state: State = {
    counting,
    cache: createPromptCache(),
    budget: createBudget(minuteMs),
    faults: createQueue<Fault>(Number.POSITIVE_INFINITY),
    answers: createQueue<Answer>(1),
    denied: new Set(),
    endOfLife: new Set(),
    aliases: new Map(),
    guardrail: undefined,
    recorded: [],
    record(request) {
      state.recorded.push(request)
      if (state.recorded.length > kept) state.recorded.shift()
    },
    begin(operation, response, fault) {
      const closed = new AbortController()
      let cut = false
      counting.add('inFlight')
      counting.atMost('maxInFlight', counting.counters.inFlight)
      underWay.set(operation, (underWay.get(operation) ?? 0) + 1)
      counting.atMostOf(operation, underWay.get(operation) ?? 0)
      response.once('close', () => {
        closed.abort()
        underWay.set(operation, (underWay.get(operation) ?? 0) - 1)
        counting.add('inFlight', -1)
        if (cut) counting.add('cut')
        else if (!response.writableFinished) counting.add('aborted')
        else if (response.statusCode === 200) counting.add('answered')
      })
      // The client may be gone already, while its body was read.
      if (response.destroyed) closed.abort()
      const waiting = async (name: 'held' | 'stalled', gate: ReturnType<typeof createGate>[]) => {
        counting.add(name)
        await Promise.race(gate.map((each) => each.wait(closed.signal)))
        counting.add(name, -1)
      }
      return {
        response,
        fault,
        counting,
        gone: closed.signal,
        held: () => waiting('held', [releases, resets]),
        stalled: () => waiting('stalled', [resets]),
        cut() {
          cut = true
          response.socket?.destroySoon()
        },
      }
    },
    change(change) {
      state.faults.add(change.faults ?? [])
      state.answers.add(change.answers ?? [])
      for (const id of change.denied ?? []) state.denied.add(id)
      for (const id of change.endOfLife ?? []) state.endOfLife.add(id)
      for (const [id, target] of Object.entries(change.aliases ?? {})) state.aliases.set(id, target)
      for (const [id, tokens] of Object.entries(change.tokensPerMinute ?? {})) state.budget.limit(id, tokens)
      if (change.guardrail) state.guardrail = change.guardrail
      if (change.release) releases.open()
    },
    reset() {
      for (const each of [state.faults, state.answers, state.denied, state.endOfLife, state.aliases]) each.clear()
      state.cache.reset()
      state.budget.reset()
      state.guardrail = undefined
      state.recorded.length = 0
      counting.reset()
      resets.open()
    },
  }
  return state
}
