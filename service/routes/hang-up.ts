import type { FastifyReply } from 'fastify'
import { followSignal } from '../../shared/follow-signal.ts'
import type { Work } from '../plugins/drain.ts'

/** Fires when the client goes away before its answer is complete, or when the server must end now. */
export function endSignal(reply: FastifyReply, work: Work): { signal: AbortSignal; gone: AbortSignal } {
  const gone = new AbortController()
  const leave = () => gone.abort(new Error('the client went away'))
  if (reply.raw.destroyed) leave()
  reply.raw.once('close', leave)
  reply.raw.once('finish', () => reply.raw.removeListener('close', leave))
  const ended = new AbortController()
  followSignal(ended, gone.signal)
  reply.raw.once('close', followSignal(ended, work.cut))
  return { gone: gone.signal, signal: ended.signal }
}
