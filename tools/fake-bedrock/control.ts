import { type Static, Type } from 'typebox'
import { type StreamException, streamExceptions } from './event-stream.ts'
import { type ErrorName, statuses } from './service-error.ts'

const strict = { additionalProperties: false } as const
const oneOf = <T extends string>(values: readonly T[]) => Type.Unsafe<T>({ type: 'string', enum: [...values] })
const isErrorName = (name: string): name is ErrorName => name in statuses
const isStreamException = (name: string): name is StreamException => name in streamExceptions
const count = (least: number, description: string) => Type.Optional(Type.Integer({ minimum: least, description }))

export const operations = ['Converse', 'ConverseStream', 'InvokeModel'] as const
export type Operation = (typeof operations)[number]

const scope = {
  operation: Type.Optional(oneOf(operations)),
  model: Type.Optional(
    Type.String({ description: 'a model id, with or without its profile; every model if left out' }),
  ),
}

/** What goes wrong with the requests that it applies to. Several parts of one fault happen to the same request. */
export const Fault = Type.Object(
  {
    ...scope,
    times: count(1, 'so many requests take it; every one until a reset when left out'),
    delayMs: count(0, 'before the first byte'),
    hold: Type.Optional(Type.Boolean({ description: 'before the first byte, until a release' })),
    error: Type.Optional(oneOf(Object.keys(statuses).filter(isErrorName))),
    message: Type.Optional(Type.String()),
    retryAfter: Type.Optional(Type.Number({ minimum: 0, description: 'seconds, as a header of the error' })),
    refuse: Type.Optional(Type.Boolean({ description: 'close the connection without an answer' })),
    garbage: Type.Optional(Type.Boolean({ description: 'status 200 with a page of HTML' })),
    wrong: Type.Optional(Type.Boolean({ description: 'status 200 with JSON of another shape; no events in a stream' })),
    dimensions: count(1, 'of the vectors, whatever was asked for'),
    paceMs: count(0, 'before each piece of a stream but the first'),
    after: count(0, 'pieces of a stream that are sent before `midway`; 1 when left out'),
    midway: Type.Optional(
      Type.Unsafe<'stall' | 'hold' | 'cut' | 'end' | 'badCrc' | 'garbage' | 'exception'>({
        ...oneOf(['stall', 'hold', 'cut', 'end', 'badCrc', 'garbage', 'exception']),
        description:
          'in the middle: say no more until a reset, or until a release; close the connection; end as if all was well; ' +
          'send a frame with a wrong CRC, or bytes that are no frame; send an exception and end. ' +
          'In the middle of the body where the answer is no stream',
      }),
    ),
    exception: Type.Optional(oneOf(Object.keys(streamExceptions).filter(isStreamException))),
    withoutUsage: Type.Optional(Type.Boolean({ description: 'no metadata event' })),
  },
  strict,
)
export type Fault = Static<typeof Fault>

export const stopReasons = [
  'end_turn',
  'max_tokens',
  'stop_sequence',
  'tool_use',
  'guardrail_intervened',
  'content_filtered',
] as const

/** What a chat model says next, instead of an answer made from its sources. */
export const Answer = Type.Object(
  {
    ...scope,
    times: count(1, 'so many requests get it; one when left out'),
    reasoning: Type.Optional(Type.String({ description: 'what the model thinks before it speaks' })),
    text: Type.Optional(Type.String()),
    toolUse: Type.Optional(
      Type.Array(
        Type.Object(
          { name: Type.String(), input: Type.Record(Type.String(), Type.Unknown()), id: Type.Optional(Type.String()) },
          strict,
        ),
      ),
    ),
    stopReason: Type.Optional(oneOf(stopReasons)),
  },
  strict,
)
export type Answer = Static<typeof Answer>

/** A change of what the emulator does. What is left out stays; lists of faults and answers are added to. */
export const Change = Type.Object(
  {
    faults: Type.Optional(Type.Array(Fault)),
    answers: Type.Optional(Type.Array(Answer)),
    /** Model ids that this account may not use. */
    denied: Type.Optional(Type.Array(Type.String())),
    /** Model ids that have reached the end of their life. */
    endOfLife: Type.Optional(Type.Array(Type.String())),
    /** By model id; null ends a limit. */
    tokensPerMinute: Type.Optional(Type.Record(Type.String(), Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]))),
    /** Further model ids, or ids of application inference profiles, and the model that each stands for. */
    aliases: Type.Optional(Type.Record(Type.String(), Type.String())),
    /** A question with one of these words gets the message instead of an answer, where a guardrail is named. */
    guardrail: Type.Optional(Type.Object({ words: Type.Array(Type.String()), message: Type.String() }, strict)),
    /** Lets go what is held. */
    release: Type.Optional(Type.Boolean()),
  },
  strict,
)
export type Change = Static<typeof Change>

/** A queue of which each request takes the first entry that is meant for it. */
export function createQueue<T extends Pick<Fault, 'operation' | 'model' | 'times'>>(timesByDefault: number) {
  let waiting: { entry: T; left: number }[] = []
  return {
    add(entries: readonly T[]) {
      for (const entry of entries) waiting.push({ entry, left: entry.times ?? timesByDefault })
    },
    take(operation: Operation, models: readonly string[]): T | undefined {
      const found = waiting.find(
        ({ entry }) =>
          (entry.operation ?? operation) === operation && (entry.model === undefined || models.includes(entry.model)),
      )
      if (found === undefined) return undefined
      if (--found.left <= 0) waiting = waiting.filter((each) => each !== found)
      return found.entry
    },
    pending: (): T[] => waiting.map(({ entry }) => entry),
    clear() {
      waiting = []
    },
  }
}
