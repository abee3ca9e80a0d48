import type { FastifyReply, FastifyRequest } from 'fastify'
import { KassError } from '../../shared/errors.ts'
import type { ChatAnswer, TurnEvent } from '../chat/types.ts'
import { problemOf } from '../plugins/errors.ts'
import { codedError } from '../plugins/problem.ts'

/** How long a client may leave a full stream unread before it is given up. */
const stalledMs = 60_000

/** Resolves with the promise, when the client is gone, or when it has not read for too long. */
async function delivered(sent: Promise<void>, reply: FastifyReply, gone: AbortSignal): Promise<void> {
  if (!reply.raw.writableNeedDrain) {
    await sent
    return
  }
  const over = Promise.withResolvers<void>()
  const onGone = () => over.resolve()
  const timer = setTimeout(() => reply.raw.destroy(), stalledMs)
  gone.addEventListener('abort', onGone)
  if (gone.aborted) onGone()
  try {
    await Promise.race([sent, over.promise])
  } finally {
    clearTimeout(timer)
    gone.removeEventListener('abort', onGone)
  }
}

/** What is said within one turn of the event loop leaves in one piece: a system call for each word costs more than the word. */
function gather(reply: FastifyReply): void {
  // The socket's cork, not the response's: that one misplaces the header of a chunked response.
  const { socket } = reply.raw
  if (!socket || socket.writableCorked > 0) return
  socket.cork()
  setImmediate(() => socket.uncork())
}

function dataOf(event: TurnEvent): unknown {
  if (event.type === 'done') return event.answer
  const { type: _, ...data } = event
  return data
}

/**
 * Sends a turn as server-sent events, each with JSON data. What fails before the first event is thrown, so that it can
 * be answered with its own status; later it becomes one `error` event, the last of the stream.
 */
export async function streamTurn(
  events: AsyncGenerator<TurnEvent, void, undefined>,
  request: FastifyRequest,
  reply: FastifyReply,
  options: { signal: AbortSignal; gone: AbortSignal; onWord: () => void; onDone: (answer: ChatAnswer) => void },
): Promise<void> {
  const { signal, gone } = options
  let begun = false
  let done = false
  const send = async (event: string, data: unknown) => {
    if (gone.aborted) return
    if (begun) gather(reply)
    begun = true
    await delivered(reply.sse.send({ event, data }), reply, gone)
  }
  try {
    for await (const event of events) {
      if (event.type === 'done') {
        done = true
        options.onDone(event.answer)
      }
      if (event.type === 'delta') options.onWord()
      await send(event.type, dataOf(event))
      if (gone.aborted) return
    }
    if (!done) throw signal.aborted ? signal.reason : new KassError('internal')
  } catch (error) {
    if (gone.aborted || done) return
    const coded = codedError(signal.aborted ? signal.reason : error)
    if (!begun) throw coded
    if (coded.status >= 500) request.fault = coded.cause ?? coded
    request.errorCode = coded.code
    await send('error', problemOf(coded, request))
  }
}
