/**
 * Loaded before service and worker (`node --import`): appends to the file COST_CALLS one JSON line for each call to
 * AWS, with what it is billed by, and one for each HTTP exchange below it, with its bytes.
 */
import { subscribe } from 'node:diagnostics_channel'
import { appendFileSync } from 'node:fs'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { countTokens } from '../../shared/text/tokens.ts'
import type { CountedCall, Exchange } from './lines.ts'
import { readUnits, unitsOfAnswer, writeUnits } from './units.ts'

const { COST_CALLS: file, COST_PORTS: ports = '{}' } = process.env
const script = process.argv[1] ?? ''
const role = /[\\/]service[\\/]server\.ts$/.test(script)
  ? 'service'
  : /[\\/]worker[\\/]main\.ts$/.test(script) && 'worker'
/** Service by port; those that share the emulator are told apart by their requests. */
const byPort: Record<string, string> = JSON.parse(ports)

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

function serviceOf(request: ClientRequest): { service: string; action: string } {
  const target = String(request.getHeader('x-amz-target') ?? '')
  const [, action = ''] = target.split('.')
  if (target.startsWith('DynamoDB')) return { service: 'dynamodb', action }
  if (target.startsWith('AmazonSQS')) return { service: 'sqs', action }
  const port = /:(\d+)$/.exec(String(request.getHeader('host') ?? ''))?.[1] ?? ''
  return { service: byPort[port] ?? 's3', action: `${request.method}` }
}

/** Tokens of a text that is embedded; those of a chat stand in the log. */
function embeddedTokens(input: unknown): number {
  if (!isRecord(input) || typeof input.body !== 'string') return 0
  const body: unknown = JSON.parse(input.body)
  return isRecord(body) && typeof body.inputText === 'string' ? countTokens(body.inputText) : 0
}

if (file && role) {
  const write = (line: CountedCall | Exchange) => appendFileSync(file, `${JSON.stringify(line)}\n`)
  subscribe('kass:aws-call', (call) => {
    if (!isRecord(call)) return
    const { service, action, input } = call
    if (typeof service !== 'string' || typeof action !== 'string') return
    write({
      kind: 'call',
      role,
      service,
      action,
      read: service === 'dynamodb' ? (readUnits(action, input) ?? 0) : 0,
      written: service === 'dynamodb' ? writeUnits(action, input) : 0,
      embedded: action === 'InvokeModel' ? embeddedTokens(input) : 0,
    })
  })
  const before = new WeakMap<Socket, { sent: number; received: number }>()
  subscribe('http.client.response.finish', (exchange) => {
    const { request, response } = exchange as { request: ClientRequest; response: IncomingMessage }
    const { socket } = request
    if (!socket) return
    const tell = () => {
      const known = before.get(socket) ?? { sent: 0, received: 0 }
      const sent = socket.bytesWritten - known.sent
      const received = socket.bytesRead - known.received
      before.set(socket, { sent: socket.bytesWritten, received: socket.bytesRead })
      const { service, action } = serviceOf(request)
      const scanned = service === 'dynamodb' && (action === 'Query' || action === 'Scan')
      const length = Number(response.headers['content-length'] ?? received)
      write({ kind: 'http', role, service, action, sent, received, read: scanned ? unitsOfAnswer(length) : 0 })
    }
    // The head is there; the body may still come.
    if (response.complete) tell()
    else response.once('close', tell)
  })
}
