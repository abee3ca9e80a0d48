import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Meter } from './meter.ts'
import { currentScope, errorType, type SpanAttributes } from './scope.ts'

/** What adapters publish of every finished call to AWS or OpenSearch, on `kass:aws-call`. */
interface UpstreamCall {
  service: string
  action: string
  input: unknown
  attempts: number
  latencyMs: number
  error?: unknown
}

/** What a guard publishes when its breaker is made or changes, on `kass:breaker`. */
export interface BreakerState {
  upstream: string
  state: 'closed' | 'half-open' | 'open'
}

const breakerValues = { closed: 0, 'half-open': 1, open: 2 }
const upstreams: Readonly<Record<string, string>> = { es: 'opensearch', aoss: 'opensearch' }

/** Hears what adapters publish: retries and breakers become metrics, calls become spans. Gives what ends it. */
export function watchUpstreams(meter: Meter, traces: boolean): () => void {
  const onCall = (message: unknown) => {
    if (!isCall(message)) return
    const upstream = upstreams[message.service] ?? message.service
    if (message.attempts > 1) meter.count('kass.upstream.retries', { upstream }, message.attempts - 1)
    if (traces) addSpan(upstream, message)
  }
  const onBreaker = (message: unknown) => {
    if (!isBreaker(message)) return
    meter.set('kass.upstream.breaker.state', { upstream: message.upstream }, breakerValues[message.state])
  }
  subscribe('kass:aws-call', onCall)
  subscribe('kass:breaker', onBreaker)
  return () => {
    unsubscribe('kass:aws-call', onCall)
    unsubscribe('kass:breaker', onBreaker)
  }
}

function addSpan(upstream: string, call: UpstreamCall): void {
  const parent = currentScope()?.span
  if (!parent) return
  const { name, attributes } = describe(upstream, call)
  const span = parent.child(name, {
    kind: 'client',
    startedAt: Date.now() - call.latencyMs,
    attributes: { ...attributes, ...(call.attempts > 1 && { 'http.request.resend_count': call.attempts - 1 }) },
  })
  if (call.error !== undefined) span.fail(errorType(call.error))
  span.end()
}

/** Names of things only: never a key, a path or a value of the request. */
function describe(upstream: string, { action, input }: UpstreamCall): { name: string; attributes: SpanAttributes } {
  const said = (field: string): string | undefined => {
    const value: unknown = typeof input === 'object' && input !== null ? Reflect.get(input, field) : undefined
    return typeof value === 'string' ? value : undefined
  }
  switch (upstream) {
    case 'opensearch': {
      const parts = said('path')?.split('/') ?? []
      const operation = parts.findLast((part) => part.startsWith('_')) ?? said('method') ?? action
      return {
        name: `opensearch ${operation}`,
        attributes: { 'db.system.name': 'opensearch', 'db.operation.name': operation },
      }
    }
    case 'dynamodb': {
      const table = said('TableName')
      const attributes = {
        'db.system.name': 'aws.dynamodb',
        'db.operation.name': action,
        'db.collection.name': table,
        'rpc.system': 'aws-api',
      }
      return { name: `DynamoDB.${action}`, attributes }
    }
    case 'sqs': {
      const queue = said('QueueUrl')?.split('/').at(-1)
      const attributes = {
        'messaging.system': 'aws_sqs',
        'messaging.destination.name': queue,
        'messaging.operation.name': action,
        'rpc.system': 'aws-api',
      }
      return { name: `SQS.${action}`, attributes }
    }
    default: {
      const name = upstream === 's3' ? 'S3' : upstream
      const attributes = {
        'rpc.system': 'aws-api',
        'rpc.service': name,
        'rpc.method': action,
        'aws.s3.bucket': said('Bucket'),
      }
      return { name: `${name}.${action}`, attributes }
    }
  }
}

function isCall(message: unknown): message is UpstreamCall {
  return typeof message === 'object' && message !== null && 'service' in message && 'attempts' in message
}

function isBreaker(message: unknown): message is BreakerState {
  return typeof message === 'object' && message !== null && 'upstream' in message && 'state' in message
}
