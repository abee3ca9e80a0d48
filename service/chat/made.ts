import type { Citation } from '../../shared/ports/conversation-store.ts'
import type { TurnUsage } from './model-call.ts'
import type { AnswerTrace, Route } from './types.ts'
import type { Seen } from './visibility.ts'

export interface TracedPassage {
  entry: AnswerTrace['passages'][number]
  /** The life of its document. */
  incarnation: number
}

/** An answer as it was put together, with everything that is recorded, traced and kept of it. */
export interface Made {
  text: string
  citations: Citation[]
  route: Route
  grounded: boolean
  cached: boolean
  /** False when no language model had a part in it. */
  generated: boolean
  notices: string[]
  usage: TurnUsage
  /** Every document whose words or name went into it, memory included. */
  seen: Seen[]
  searched: string
  mode: string
  promptHash: string
  passages: TracedPassage[]
}
