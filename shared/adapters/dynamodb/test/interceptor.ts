import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import type { Test } from 'tap'
import { endpoints } from '../../../../test/stack/endpoints.ts'

export interface Reply {
  status: number
  body: unknown
}

export interface Call {
  /** `PutItem`, `BatchGetItem`, … */
  action: string
  /** The request as it is on the wire. */
  body: Wire
  /** Has the real counterpart answer this, or another request. */
  pass(body?: unknown): Promise<Reply>
}

/** A JSON object whose parts are only known at run time. */
export interface Wire {
  readonly [name: string]: Wire | undefined
}

/** An error as the service says it. */
export function refusal(name: string, about: object = {}): Reply {
  return { status: 400, body: { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: name, ...about } }
}

/** A proxy before the counterpart that can do what the real service does and the counterpart never would. */
export async function intercept(t: Test, answer: (call: Call) => Promise<Reply | 'lost'>): Promise<string> {
  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const target = String(incoming.headers['x-amz-target'])
    const asked: Wire = Object(await json(incoming))
    const pass = async (body: unknown = asked): Promise<Reply> => {
      const response = await fetch(endpoints.aws, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': target,
          authorization: String(incoming.headers.authorization),
        },
        body: JSON.stringify(body),
      })
      return { status: response.status, body: await response.json() }
    }
    const reply = await answer({ action: target.split('.')[1] ?? '', body: asked, pass })
    if (reply === 'lost') return void outgoing.destroy()
    outgoing.writeHead(reply.status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(reply.body))
  }
  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => outgoing.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port was given')
  return `http://127.0.0.1:${address.port}`
}

/** The keys that a write is about, each as a text. */
function keysOf(body: Wire): string[] {
  const entries: unknown = body.TransactItems ?? [{ Put: body }]
  if (!Array.isArray(entries)) return []
  return entries.flatMap((entry: Wire) =>
    Object.values(entry).map((operation) => {
      const key = operation?.Key ?? operation?.Item
      return `${String(operation?.TableName)} ${String(key?.pk?.S)} ${String(key?.sk?.S)}`
    }),
  )
}

/**
 * What the real service does with transactions that meet on an item: who comes second is refused, whether it is a
 * transaction or a single write that meets a transaction. Each write takes as long as the counterpart needs for it.
 */
export function conflicting(): { answer(call: Call): Promise<Reply>; conflicts(): number; most(): number } {
  const held = new Set<string>()
  let conflicts = 0
  let open = 0
  let most = 0
  return {
    conflicts: () => conflicts,
    most: () => most,
    async answer({ action, body, pass }) {
      const isTransaction = action === 'TransactWriteItems'
      if (!isTransaction && action !== 'PutItem' && action !== 'UpdateItem') return pass()
      const keys = keysOf(body)
      if (keys.some((key) => held.has(key))) {
        conflicts++
        if (!isTransaction) return refusal('TransactionConflictException')
        const reasons = keys.map((key) => ({ Code: held.has(key) ? 'TransactionConflict' : 'None' }))
        return refusal('TransactionCanceledException', { CancellationReasons: reasons })
      }
      if (!isTransaction) return pass()
      for (const key of keys) held.add(key)
      most = Math.max(most, ++open)
      try {
        return await pass()
      } finally {
        open--
        for (const key of keys) held.delete(key)
      }
    },
  }
}
