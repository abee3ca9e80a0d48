import type { Readable } from 'node:stream'
import { MessageChannel, type Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { KassError } from '../../shared/errors.ts'
import { followSignal } from '../../shared/follow-signal.ts'
import type { ExtractEvent, ExtractOptions } from './extract.ts'
import { removeLeftovers, type Spilled, spill } from './spill.ts'
import { createStopwatch } from './stopwatch.ts'
import { batchesUnderWay, type ExtractTask, type ThreadMessage, type ThreadResult } from './thread-protocol.ts'

export type { ExtractEvent } from './extract.ts'

export interface ExtractorOptions extends ExtractOptions {
  /** Documents read at once. */
  threads: number
  /** For reading one document; time in which the thread waits for whoever takes its chunks does not count. */
  timeoutMs: number
  /** For reading one document, its buffers included. */
  memoryMb: number
}

export interface Extractor {
  /**
   * Reads a document in a thread. Takes `body` over whole before the first event. Whoever stops taking events, or fires
   * `signal`, ends the thread's work.
   * @throws KassError why the document cannot be read, extraction_timeout and extraction_memory among them; what `body`
   *   throws; the signal's reason
   */
  extract(input: { body: Readable; size: number; name: string }, signal: AbortSignal): AsyncIterable<ExtractEvent>
  close(): Promise<void>
}

/** After this time without work a thread ends. */
const idleMs = 30_000
const memoryCheckMs = 250
const mebi = 1024 * 1024

/** Makes the pool; its first thread starts with the first document. Scratch files of killed processes are removed. */
export function createExtractor(options: ExtractorOptions): Extractor {
  // Nothing depends on it, and a folder of somebody else's files is no reason to fail.
  removeLeftovers(2 * options.timeoutMs).catch(() => undefined)
  let pool: Piscina<ExtractTask, ThreadResult> | undefined
  const closing = new AbortController()

  const start = () =>
    new Piscina<ExtractTask, ThreadResult>({
      filename: new URL('./thread.ts', import.meta.url).href,
      minThreads: 0,
      maxThreads: options.threads,
      idleTimeout: idleMs,
      recordTiming: false,
      // What is young besides is small, so that the limit means what it says.
      resourceLimits: { maxOldGenerationSizeMb: options.memoryMb, maxYoungGenerationSizeMb: 24 },
    })

  async function* extract(input: { body: Readable; name: string }, signal: AbortSignal): AsyncGenerator<ExtractEvent> {
    const ended = new AbortController()
    const either = ended.signal
    const unfollow = [signal, closing.signal].map((source) => followSignal(ended, source))
    try {
      either.throwIfAborted()
      const spilled = await spill(input.body, either).catch((error: unknown) => {
        throw either.aborted ? either.reason : error
      })
      try {
        pool ??= start()
        yield* run(pool, spilled, input.name, either, options)
      } finally {
        await spilled.remove()
      }
    } finally {
      for (const end of unfollow) end()
    }
  }

  return {
    extract,
    async close() {
      closing.abort(new KassError('shutting_down'))
      await pool?.destroy()
    },
  }
}

async function* run(
  pool: Piscina<ExtractTask, ThreadResult>,
  { bytes, file, size }: Spilled,
  name: string,
  signal: AbortSignal,
  options: ExtractorOptions,
): AsyncGenerator<ExtractEvent> {
  const { limits, chunking } = options
  const { port1: ours, port2: port } = new MessageChannel()
  const stop = new AbortController()
  const queue: ExtractEvent[][] = []
  let received = 0
  let taken = 0
  let result: ThreadResult | undefined
  let failure: { error: unknown } | undefined
  let wake = () => {}
  let memory: NodeJS.Timeout | undefined

  const fail = (error: unknown) => {
    failure ??= { error }
    stop.abort()
    wake()
  }
  const watch = createStopwatch(options.timeoutMs, () => fail(new KassError('extraction_timeout')))
  const onAbort = () => fail(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  ours.on('message', (message: ThreadMessage) => {
    if (message.type === 'begin') {
      watch.resume()
      memory = watchMemory(pool, message.threadId, options.memoryMb * mebi + size, () =>
        fail(new KassError('extraction_memory')),
      )
      return
    }
    queue.push(message.events)
    received++
    if (received - taken >= batchesUnderWay) watch.pause()
    wake()
  })
  const task: ExtractTask = { port, name, size, bytes, file, limits, chunking }
  const transferList = bytes ? [port, bytes.buffer] : [port]
  const running = pool.run(task, { name: 'extract', transferList, signal: stop.signal }).then(
    (value) => {
      result = value
      wake()
    },
    (error: unknown) => fail(threadDeath(error)),
  )

  try {
    for (;;) {
      if (failure) throw failure.error
      const events = queue.shift()
      if (events) {
        yield* events
        taken++
        ours.postMessage(null)
        watch.resume()
      } else if (result && received === result.posted) {
        watch.pause()
        yield* result.events
        if (result.error) throw toKassError(result.error)
        return
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  } finally {
    watch.pause()
    clearInterval(memory)
    signal.removeEventListener('abort', onAbort)
    if (!result) stop.abort()
    ours.close()
    await running
  }
}

function toKassError({ code, detail, place, cause }: NonNullable<ThreadResult['error']>): KassError {
  return new KassError(code, { detail, place, cause })
}

/** Why a thread ended that did not want to. */
function threadDeath(error: unknown): KassError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return new KassError('extraction_memory', { cause: error })
  return new KassError('internal', { detail: 'The thread that read the document ended.', cause: error })
}

/** V8's limit leaves out what stands outside of its heap: the bytes of buffers, which is what a bomb inflates to. */
function watchMemory(pool: Piscina, threadId: number, limit: number, exceeded: () => void): NodeJS.Timeout {
  const find = () => pool.threads.find((thread: Worker) => thread.threadId === threadId)
  const check = async () => {
    const heap = await find()?.getHeapStatistics()
    if (heap && heap.used_heap_size + heap.external_memory > limit) exceeded()
  }
  // A thread that ends in the meantime has nothing to measure.
  return setInterval(() => void check().catch(() => {}), memoryCheckMs).unref()
}
