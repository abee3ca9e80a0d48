import { AsyncLocalStorage } from 'node:async_hooks'

export type SpanKind = 'server' | 'client' | 'internal' | 'producer' | 'consumer'
/** Never a prompt, a passage, a key or a document's path. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>

export interface SpanOptions {
  kind?: SpanKind
  attributes?: SpanAttributes
  /** When it began, in milliseconds since 1970; now when left out. */
  startedAt?: number
}

/** A piece of a trace that is recorded. */
export interface Span {
  /** By which others go on with it, in messages and headers. */
  readonly traceparent: string
  child(name: string, options?: SpanOptions): Span
  set(attributes: SpanAttributes): void
  rename(name: string): void
  /** Marks it as failed; `type` is a code, never a message. */
  fail(type: string): void
  end(): void
}

/** What is under way: one request, or one job. Everything that is done for it can find it. */
export interface Scope {
  readonly requestId: string
  traceId: string
  /** Milliseconds that its stages took, for the line about slow requests. */
  readonly stages: Record<string, number>
  /** The span that is open here; undefined in traces that are not recorded. */
  span: Span | undefined
  /** By which messages tell of a trace that is not recorded; undefined where no traces are made at all. */
  unrecorded: string | undefined
  /** There while nobody knows yet which trace this belongs to. */
  decide?: ((traceparent: string | undefined) => void) | undefined
}

const storage = new AsyncLocalStorage<Scope>()

export const currentScope = (): Scope | undefined => storage.getStore()

/** Does something as a part of what `scope` is. */
export function runIn<T>(scope: Scope, work: () => T): T {
  return storage.run(scope, work)
}

/** By which a message goes on with the trace that is under way; undefined where no traces are made. */
export function currentTraceparent(): string | undefined {
  const scope = storage.getStore()
  return scope?.span?.traceparent ?? scope?.unrecorded
}

/** Says which trace the work belongs to, where it began without knowing; does nothing where it is known. */
export function decideTrace(traceparent: string | undefined): void {
  const scope = storage.getStore()
  const decide = scope?.decide
  if (!scope || !decide) return
  scope.decide = undefined
  decide(traceparent)
}

/** The code by which a failure is known, for spans and lines. */
export function errorType(error: unknown): string {
  if (typeof error === 'object' && error !== null) {
    const code: unknown = Reflect.get(error, 'code')
    if (typeof code === 'string') return code
    if (error instanceof Error) return error.name
  }
  return 'error'
}

/** Does some work as a span of the trace that is under way; where none is recorded, just does it. */
export async function inSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: Span | undefined) => Promise<T>,
): Promise<T> {
  const scope = storage.getStore()
  if (scope?.span === undefined) return work(undefined)
  const span = scope.span.child(name, options)
  try {
    return await storage.run({ ...scope, span }, () => work(span))
  } catch (error) {
    span.fail(errorType(error))
    throw error
  } finally {
    span.end()
  }
}

/** Notes how long a stage of what is under way took, in milliseconds; stages of one name are added up. */
export function noteStage(name: string, ms: number): void {
  const stages = storage.getStore()?.stages
  if (stages) stages[name] = Math.round(((stages[name] ?? 0) + ms) * 100) / 100
}
