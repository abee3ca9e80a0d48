import { isMainThread, type MessagePort, threadId } from 'node:worker_threads'
import { isKassError } from '../../shared/errors.ts'
import { type ExtractEvent, extractEvents } from './extract.ts'
import { bufferSource, fileSource } from './source.ts'
import {
  batchesUnderWay,
  type ExtractTask,
  type ThreadError,
  type ThreadMessage,
  type ThreadResult,
} from './thread-protocol.ts'

// Of a damaged PDF pdf.js leaves promises behind that nobody waits for; they must not end the thread. What this code
// waits for itself reaches `extract`.
if (!isMainThread) process.on('unhandledRejection', () => {})

/** Reads one document and hands its events over, at most one batch in a message. Called by the pool. */
export async function extract({ port, ...task }: ExtractTask): Promise<ThreadResult> {
  const message = (content: ThreadMessage) => port.postMessage(content)
  message({ type: 'begin', threadId })
  const window = createWindow(port)
  let held: ExtractEvent[] = []
  let posted = 0
  try {
    const source = task.file === undefined ? bufferSource(toBuffer(task.bytes)) : fileSource(task.file, task.size)
    for await (const event of extractEvents(source, task.name, task)) {
      const isBatch = event.type === 'chunks' || event.type === 'rejected'
      if (isBatch && held.some((earlier) => earlier.type !== 'start')) {
        await window.enter()
        message({ type: 'events', events: held })
        posted++
        held = []
      }
      held.push(event)
    }
    return { posted, events: held }
  } catch (error) {
    return { posted, events: held, error: toThreadError(error) }
  } finally {
    port.close()
  }
}

const toBuffer = (bytes: Uint8Array = new Uint8Array()) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)

function createWindow(port: MessagePort) {
  let underWay = 0
  let wake: (() => void) | undefined
  port.on('message', () => {
    underWay--
    wake?.()
  })
  return {
    async enter(): Promise<void> {
      while (underWay >= batchesUnderWay) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      underWay++
    },
  }
}

function toThreadError(error: unknown): ThreadError {
  if (isKassError(error)) {
    const cause = error.cause === undefined ? undefined : String(error.cause)
    return { code: error.code, detail: error.message, place: error.place, cause }
  }
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const isMemory =
    error instanceof RangeError && /allocation failed|Invalid (?:string|array|array buffer) length/.test(error.message)
  if (isMemory) return { code: 'extraction_memory', cause }
  // The parsers are made for well-formed input; what they stumble over is not.
  return { code: 'damaged', detail: 'The document could not be read: its content is not as its format demands.', cause }
}
