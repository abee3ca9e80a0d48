import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime'
import { type AwsOptions, clientConfig, guarded } from '../aws/client.ts'
import { createGuard, type Guard } from '../upstream-guard.ts'
import { isModelTrouble, modelError, modelRefusal } from './errors.ts'

export interface Bedrock {
  client: BedrockRuntimeClient
  region: string
  /** Longest silence of a model, in milliseconds. */
  timeoutMs: number
  /** One for each model, whoever uses it: what one model suffers from does not stop the others. */
  guard(model: string): Guard
  close(): void
}

/** Around each model is a guard of its own; the client only tells of its calls. */
const unguarded: Pick<Guard, 'run'> = { run: (call) => call() }

/**
 * Bedrock's runtime.
 * @param options `concurrency` and `queue` are those of each model; `timeoutMs` is the longest silence of a model
 */
export function createBedrock(options: AwsOptions): Bedrock {
  // The guards bound the calls; a stream of one model must not wait for a connection behind those of another.
  const client = new BedrockRuntimeClient(clientConfig({ ...options, concurrency: Number.POSITIVE_INFINITY }))
  client.middlewareStack.use(guarded('bedrock', unguarded, modelError))
  const guards = new Map<string, Guard>()
  return {
    client,
    region: options.region,
    timeoutMs: options.timeoutMs,
    guard(model) {
      const guard =
        guards.get(model) ??
        createGuard({
          upstream: model,
          concurrency: options.concurrency,
          queue: options.queue,
          failures: options.breakerFailures,
          openMs: options.breakerOpenMs,
          isTrouble: isModelTrouble,
          refusal: modelRefusal,
        })
      guards.set(model, guard)
      return guard
    },
    close: () => client.destroy(),
  }
}
