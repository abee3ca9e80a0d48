import { channel } from 'node:diagnostics_channel'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import type { InitializeMiddleware, MetadataBearer, Pluggable } from '@smithy/types'
import { createGuard, type Guard } from '../upstream-guard.ts'
import { storageError, storageRefusal } from './errors.ts'

/** How one AWS service is reached. */
export interface AwsOptions {
  region: string
  /** Another address than that of AWS itself. */
  endpoint?: string
  /** Tries of one call, by the SDK's standard mode. */
  maxAttempts: number
  /** Longest silence within one try, in milliseconds. */
  timeoutMs: number
  concurrency: number
  queue: number
  breakerFailures: number
  breakerOpenMs: number
}

/** What every finished call publishes on `kass:aws-call`, for telemetry and for the list of calls that are made. */
export interface AwsCall {
  service: string
  action: string
  input: unknown
  attempts: number
  latencyMs: number
  error?: unknown
}

const calls = channel('kass:aws-call')
const connectTimeoutMs = 2_000

/** The part of a client's configuration that is the same for all services. HTTP/1.1, which every endpoint speaks. */
export function clientConfig(options: AwsOptions) {
  const agent = { keepAlive: true, maxSockets: options.concurrency }
  return {
    region: options.region,
    ...(options.endpoint && { endpoint: options.endpoint }),
    retryMode: 'standard',
    maxAttempts: options.maxAttempts,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: Math.min(connectTimeoutMs, options.timeoutMs),
      requestTimeout: options.timeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent(agent),
    }),
  }
}

/** A guard for one storage service, named by its prefix in IAM actions. */
export function storageGuard(upstream: string, options: AwsOptions): Guard {
  return createGuard({
    upstream,
    concurrency: options.concurrency,
    queue: options.queue,
    failures: options.breakerFailures,
    openMs: options.breakerOpenMs,
    isTrouble: (error) => storageError(error) !== undefined,
    refusal: storageRefusal,
  })
}

/**
 * For `client.middlewareStack.use(...)`: every call goes through the guard, is published when it has ended, and fails
 * with a coded error where the service, not the request, is to blame. What the service says about the request itself
 * (a condition that failed, a key that is not there) stays the SDK's exception.
 * @param service the service's prefix in IAM actions, for example `dynamodb`
 */
export function guarded<Input extends object, Output extends MetadataBearer>(
  service: string,
  guard: Pick<Guard, 'run'>,
  coded: (error: unknown) => unknown = storageError,
): Pluggable<Input, Output> {
  const middleware: InitializeMiddleware<Input, Output> = (next, context) => async (args) => {
    const begun = performance.now()
    const action = String(context.commandName).replace(/Command$/, '')
    const tell = (attempts: number | undefined, error?: unknown) => {
      if (!calls.hasSubscribers) return
      const latencyMs = performance.now() - begun
      const call: AwsCall = { service, action, input: args.input, attempts: attempts ?? 1, latencyMs }
      calls.publish(error === undefined ? call : { ...call, error })
    }
    try {
      const result = await guard.run(() => next(args))
      tell(result.output.$metadata.attempts)
      return result
    } catch (error) {
      tell(attemptsOf(error), error)
      throw coded(error) ?? error
    }
  }
  return {
    applyToStack: (stack) => stack.add(middleware, { step: 'initialize', name: 'kassGuard', priority: 'high' }),
  }
}

function attemptsOf(error: unknown): number | undefined {
  const metadata = typeof error === 'object' && error !== null ? Reflect.get(error, '$metadata') : undefined
  const attempts = typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, 'attempts') : undefined
  return typeof attempts === 'number' ? attempts : undefined
}
