import { InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime'
import { KassError } from '../../errors.ts'
import { followSignal } from '../../follow-signal.ts'
import type { Held } from '../upstream-guard.ts'
import type { Bedrock } from './client.ts'
import { modelError, modelRefusal } from './errors.ts'
import type { Model } from './model-id.ts'

/** One call: ended by its caller, by silence, or by being left. */
export interface Call {
  /** For the SDK: ends the connection when it fires. */
  signal: AbortSignal
  /** From now on the model is waited for, so long at most. A call begins like this. */
  listen(ms?: number): void
  /** The model is not waited for while others have the word. */
  rest(): void
  /** Silence ended it. */
  silent(): boolean
  /** Ends what is still under way, unless the answer was read to its end and the connection can serve again. */
  leave(whole: boolean): void
}

/** A call that ends when nothing is heard for `timeoutMs`, the tries of the SDK and the waiting for a place included. */
export function createCall(timeoutMs: number, caller: AbortSignal): Call {
  const end = new AbortController()
  const unfollow = followSignal(end, caller)
  let silent = false
  let timer: NodeJS.Timeout | undefined
  const rest = () => clearTimeout(timer)
  const listen = (ms = timeoutMs) => {
    rest()
    timer = setTimeout(() => {
      silent = true
      end.abort()
    }, ms)
  }
  listen()
  return {
    signal: end.signal,
    listen,
    rest,
    silent: () => silent,
    leave(whole) {
      rest()
      unfollow()
      if (!whole) end.abort()
    },
  }
}

/** The coded error of a call, whoever noticed first that it had ended. */
export function callError(error: unknown, call: Call, begun: boolean): unknown {
  if (call.silent()) return new KassError('model_timeout', { cause: error })
  return modelError(error, { begun }) ?? error
}

/**
 * Opens a call inside the guard of its model, which keeps its place until `release`.
 * @throws KassError model_throttled, model_unavailable, model_timeout, model_refused, model_failed; the signal's reason
 */
export async function place<T>(bedrock: Bedrock, model: Model, call: Call, open: () => Promise<T>): Promise<Held<T>> {
  let entered = false
  try {
    return await bedrock.guard(model.name).hold(async () => {
      entered = true
      try {
        return await open()
      } catch (error) {
        throw callError(error, call, false)
      }
    }, call.signal)
  } catch (error) {
    // Nobody asked the model yet: we are the ones who have too much to do.
    throw call.silent() && !entered ? modelRefusal('full', bedrock.timeoutMs) : error
  }
}

/**
 * One InvokeModel with JSON in and out.
 * @throws KassError model_throttled, model_unavailable, model_timeout, model_refused, model_failed; the signal's reason
 */
export async function invokeModel(bedrock: Bedrock, model: Model, body: object, caller: AbortSignal): Promise<unknown> {
  caller.throwIfAborted()
  const call = createCall(bedrock.timeoutMs, caller)
  let whole = false
  try {
    const command = new InvokeModelCommand({
      modelId: model.id,
      contentType: 'application/json',
      accept: 'application/json',
      body: JSON.stringify(body),
    })
    const held = await place(bedrock, model, call, async () => {
      const output = await bedrock.client.send(command, { abortSignal: call.signal })
      return parsed(output.body.transformToString())
    })
    held.release()
    whole = true
    return held.value
  } catch (error) {
    caller.throwIfAborted()
    throw error
  } finally {
    call.leave(whole)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new KassError('model_failed', { detail: 'The model answered with something that is not JSON.', cause: error })
  }
}
