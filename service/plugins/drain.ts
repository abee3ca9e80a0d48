import type { ServerResponse } from 'node:http'
import { KassError } from '../../shared/errors.ts'
import type { App } from '../deps.ts'

/** How long what was cut off may take to say so. */
const partingMs = 500

/** What is under way in this process. */
export interface Work {
  readonly draining: boolean
  /** Fires when the time for finishing is over. */
  readonly cut: AbortSignal
}

/** Resolves when all responses are closed, or after `ms`. */
async function closed(responses: Iterable<ServerResponse>, ms: number): Promise<boolean> {
  const { promise: over, resolve } = Promise.withResolvers<false>()
  const timer = setTimeout(() => resolve(false), ms)
  const each = [...responses].map((response) => new Promise<void>((done) => response.once('close', () => done())))
  try {
    return await Promise.race([over, Promise.all(each).then(() => true)])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Ends the server in order: from `drain` on every new request is answered with 503, /health among them, what is open
 * goes on until it is done or its time is over, and then the server closes.
 */
export function addDrain(app: App): Work {
  const open = new Set<ServerResponse>()
  const cutting = new AbortController()
  let draining = false

  app.addHook('onRequest', async (_request, reply) => {
    if (draining) {
      reply.header('connection', 'close')
      throw new KassError('shutting_down')
    }
    open.add(reply.raw)
    reply.raw.once('close', () => open.delete(reply.raw))
  })
  app.addHook('onSend', async (_request, reply) => {
    if (draining) reply.header('connection', 'close')
  })
  app.decorate('drain', async (ms: number) => {
    draining = true
    if (!(await closed(open, ms))) {
      cutting.abort(new KassError('shutting_down'))
      await closed(open, partingMs)
    }
    const closing = app.close()
    // What is left are connections on which nothing is under way any more.
    app.server.closeAllConnections()
    await closing
  })
  return {
    get draining() {
      return draining
    },
    cut: cutting.signal,
  }
}
