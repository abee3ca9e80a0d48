import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify'
import type { Config } from '../shared/config.ts'
import type { Logger } from '../shared/logger.ts'
import type { Scope } from '../shared/ports/access-store.ts'
import type { Ports } from '../shared/ports/ports.ts'
import type { Retriever } from '../shared/retrieval/types.ts'
import type { Telemetry } from '../shared/telemetry/telemetry.ts'
import type { Chat } from './chat/types.ts'
import type { Work } from './plugins/drain.ts'
import type { UsageCounter } from './plugins/usage.ts'
import type { Principal } from './principal.ts'
import type { ProblemCodes } from './schemas/problem.ts'

/** What the API is built from. */
export interface AppOptions {
  config: Config
  ports: Ports
  retriever: Retriever
  chat: Chat
  logger: Logger
  /** Milliseconds since 1970. */
  clock?: () => number
  /** Nothing is measured when left out. */
  telemetry?: Telemetry
}

/** What the routes stand on. */
export interface Deps extends AppOptions {
  clock: () => number
  telemetry: Telemetry
  work: Work
  usage: UsageCounter
}

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/**
 * Who may call a route: holders of a scope, everyone (`open`), or everyone, where holders of a key may see more
 * (`optional`). A route without it is refused when the server starts.
 */
export type Access = Scope | 'open' | 'optional'

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
  }
  interface FastifySchema {
    /** The errors of a route, for the documentation; they are written without a serializer of their own. */
    problems?: ProblemCodes
  }
  interface FastifyRequest {
    /** Undefined on open routes. */
    principal: Principal | undefined
    /** What ended the request with a status of 500 or more. */
    fault: unknown
  }
  interface FastifyInstance {
    /** Takes no new work, finishes what is open within `ms`, then closes. */
    drain(ms: number): Promise<void>
  }
}
