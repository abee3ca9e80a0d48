import { DeadlinePassed } from './errors.ts'

interface Abortable<T> extends Promise<T> {
  abort(): void
}

/**
 * The result of a request, which is ended when its time is up or its caller gives up. The client's own time-out stops
 * counting with the first byte of an answer, so a body that never ends would be waited for.
 * @throws DeadlinePassed, the signal's reason, what the request throws
 */
export async function within<T>(request: Abortable<T>, ms: number, signal: AbortSignal | undefined): Promise<T> {
  const { promise: givenUp, reject } = Promise.withResolvers<never>()
  const end = (reason: unknown) => {
    reject(reason)
    request.abort()
  }
  const timer = setTimeout(() => end(new DeadlinePassed(`no answer after ${Math.round(ms)} ms`)), ms)
  const abort = () => end(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([request, givenUp])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}

/** The result of what can't be ended itself, such as waiting for a turn; its caller is told at once all the same. */
export async function orAborted<T>(result: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return result
  const { promise: givenUp, reject } = Promise.withResolvers<never>()
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([result, givenUp])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
