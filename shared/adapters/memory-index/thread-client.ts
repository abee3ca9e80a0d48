import { Worker } from 'node:worker_threads'
import { KassError } from '../../errors.ts'
import type { IndexQuery, SearchIndex } from '../../ports/search-index.ts'
import { type Settings, type ThreadAnswer, unpackHits } from './messages.ts'

type Found = Awaited<ReturnType<SearchIndex['search']>>

interface Waiting {
  id: number
  query: IndexQuery
  resolve(found: Found): void
  reject(reason: unknown): void
}

export interface ThreadOptions {
  settings: Settings
  /** Searches that may wait for their turn; one more is refused with `overloaded`. */
  maxWaiting: number
  /** Told when the thread died. It is started again by itself. */
  onFault(error: Error): void
}

export interface SearchThread {
  search(query: IndexQuery, signal?: AbortSignal): Promise<Found>
  ready(): Promise<void>
  close(): Promise<void>
}

/** The thread works on one search while the next one lies ready; what waits here can still be dropped. */
const inFlight = 2
const restartMs = { first: 100, longest: 10_000 }

const overloaded = (cause?: unknown): KassError => new KassError('overloaded', { retryAfterMs: 1000, cause })

/** Starts the search thread at the first need, hands searches to it, and starts it again when it dies. */
export function createSearchThread({ settings, maxWaiting, onFault }: ThreadOptions): SearchThread {
  const queue: Waiting[] = []
  const sent = new Map<number, Waiting>()
  let worker: Worker | undefined
  let restart: NodeJS.Timeout | undefined
  let loaded = Promise.withResolvers<void>()
  let isLoaded = false
  let deaths = 0
  let lastId = 0
  let awaitingLoad = 0
  let closed = false
  // Nobody need be waiting for it when it is given up.
  loaded.promise.catch(() => undefined)

  function start(): void {
    if (worker || restart || closed) return
    const thread = new Worker(new URL('./search-thread.ts', import.meta.url), { workerData: settings, execArgv: [] })
    worker = thread
    let fault: Error | undefined
    thread.on('message', (answer: ThreadAnswer) => receive(answer))
    thread.on('error', (error) => {
      fault = error instanceof Error ? error : new Error(String(error))
    })
    thread.on('exit', (code) => died(fault ?? new Error(`the search thread ended with code ${code}`)))
    keepAlive()
  }

  /** The thread keeps the process alive only while somebody waits for it. */
  function keepAlive(): void {
    const needed = closed || sent.size + queue.length + awaitingLoad > 0
    for (const handle of [worker, restart]) {
      if (needed) handle?.ref()
      else handle?.unref()
    }
  }

  function receive(answer: ThreadAnswer): void {
    if ('ready' in answer) {
      isLoaded = true
      deaths = 0
      loaded.resolve()
    } else {
      const waiting = sent.get(answer.id)
      sent.delete(answer.id)
      if ('error' in answer) waiting?.reject(new KassError('internal', { cause: new Error(answer.error) }))
      else waiting?.resolve({ text: unpackHits(answer.text), vector: unpackHits(answer.vector) })
    }
    pump()
  }

  function died(fault: Error): void {
    worker = undefined
    if (closed) return
    for (const waiting of [...sent.values(), ...queue]) waiting.reject(overloaded(fault))
    sent.clear()
    queue.length = 0
    if (isLoaded) {
      isLoaded = false
      loaded = Promise.withResolvers<void>()
      loaded.promise.catch(() => undefined)
    }
    onFault(fault)
    restart = setTimeout(
      () => {
        restart = undefined
        start()
      },
      Math.min(restartMs.longest, restartMs.first * 2 ** deaths++),
    )
    keepAlive()
  }

  function pump(): void {
    while (isLoaded && worker && sent.size < inFlight) {
      const next = queue.shift()
      if (!next) break
      sent.set(next.id, next)
      worker.postMessage({ id: next.id, query: next.query })
    }
    keepAlive()
  }

  return {
    async search(query, signal) {
      signal?.throwIfAborted()
      if (closed) throw new KassError('shutting_down')
      if (queue.length >= maxWaiting) throw overloaded()
      const { promise, resolve, reject } = Promise.withResolvers<Found>()
      const waiting: Waiting = { id: ++lastId, query, resolve, reject }
      const drop = (): void => {
        const place = queue.indexOf(waiting)
        if (place >= 0) queue.splice(place, 1)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', drop, { once: true })
      queue.push(waiting)
      start()
      pump()
      return promise.finally(() => signal?.removeEventListener('abort', drop))
    },
    async ready() {
      if (closed) throw new KassError('shutting_down')
      start()
      awaitingLoad++
      keepAlive()
      await loaded.promise.finally(() => {
        awaitingLoad--
        keepAlive()
      })
    },
    async close() {
      closed = true
      clearTimeout(restart)
      worker?.ref()
      for (const waiting of [...sent.values(), ...queue]) waiting.reject(new KassError('shutting_down'))
      sent.clear()
      queue.length = 0
      loaded.reject(new KassError('shutting_down'))
      await worker?.terminate()
    },
  }
}
