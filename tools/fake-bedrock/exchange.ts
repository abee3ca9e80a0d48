import type { ServerResponse } from 'node:http'
import type { Fault } from './control.ts'
import type { Counting } from './counters.ts'
import { damaged, eventFrame, exceptionFrame } from './event-stream.ts'
import { pause } from './http.ts'

/** One request on its way, with what is to go wrong with it. */
export interface Exchange {
  response: ServerResponse
  fault: Fault
  counting: Counting
  /** Aborts when the connection is closed, by whomever. */
  gone: AbortSignal
  /** Waits until a release. */
  held(): Promise<void>
  /** Waits until a reset. */
  stalled(): Promise<void>
  /** Closes the connection once what was written has left, so that the client has seen it. */
  cut(): void
}

/** What happens in the middle of a stream. Resolves to whether it goes on. */
async function interrupt(exchange: Exchange, next: Buffer): Promise<boolean> {
  const { fault, response } = exchange
  switch (fault.exception === undefined ? fault.midway : 'exception') {
    case 'stall':
    case 'hold':
    case 'cut':
      return await waited(exchange)
    case 'end':
      response.end()
      return false
    case 'badCrc':
      response.end(damaged(next))
      return false
    case 'garbage':
      response.end('<html><body>502 Bad Gateway</body></html>')
      return false
    case 'exception':
      response.end(exceptionFrame(fault.exception ?? 'internalServerException', fault.message))
      return false
    default:
      return true
  }
}

/** Stalls, holds or cuts. Resolves to whether the answer goes on. */
async function waited(exchange: Exchange): Promise<boolean> {
  if (exchange.fault.midway === 'cut') exchange.cut()
  else if (exchange.fault.midway === 'stall') await exchange.stalled()
  else await exchange.held()
  return exchange.fault.midway !== 'cut' && !exchange.gone.aborted
}

/** Writes an answer that is no stream, and interrupts it in the middle of its body where the fault says. */
export async function writeWhole(exchange: Exchange, headers: Record<string, string>, body: object): Promise<void> {
  const { response, fault } = exchange
  const bytes = Buffer.from(JSON.stringify(body))
  const begun = fault.midway === undefined ? bytes.length : Math.floor(bytes.length / 2)
  const broken = fault.midway === 'end' || fault.midway === 'badCrc' || fault.midway === 'garbage'
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': broken ? begun : bytes.length,
    ...headers,
  })
  if (broken || fault.midway === undefined) {
    response.end(bytes.subarray(0, begun))
    return
  }
  response.write(bytes.subarray(0, begun))
  if (await waited(exchange)) response.end(bytes.subarray(begun))
}

/** Writes a stream of events: counts what are its pieces, paces them, and interrupts it where the fault says. */
export function createStream(exchange: Exchange) {
  const { response, fault, counting, gone } = exchange
  const after = fault.after ?? 1
  let pieces = 0
  let written = 0
  let going = true
  let interrupted = false
  /** Between the pieces, or before the end of an answer that has too few of them. */
  const due = (type: string) => !interrupted && type !== 'messageStart' && (pieces >= after || type === 'messageStop')
  return {
    /** Resolves to whether the stream goes on. A `piece` is a delta of the answer. */
    async write(type: string, payload: object, piece = false): Promise<boolean> {
      if (!going || gone.aborted) return false
      const bytes = eventFrame(type, payload, written++ * 7)
      if (due(type)) {
        interrupted = true
        going = await interrupt(exchange, bytes)
        if (!going) return false
      }
      if (piece && pieces > 0 && fault.paceMs) await pause(fault.paceMs, gone)
      if (gone.aborted) return false
      response.write(bytes)
      if (piece) {
        pieces++
        counting.add('pieces')
      }
      return true
    },
  }
}
