import { createHash } from 'node:crypto'
import { countTokens } from '../../shared/text/tokens.ts'
import type { Block } from './converse-messages.ts'
import type { ConverseCall } from './converse-request.ts'

/** Tokens of a request, as the service reports them: those of the cache are not among `input`. */
export interface InputUsage {
  input: number
  cacheRead: number
  cacheWrite: number
}

/** What roles and borders add to a message. */
const frameTokens = 4
const keptMs = 5 * 60_000

export interface PromptCache {
  /** Counts a request, and remembers its prefixes up to each cache point. */
  count(call: ConverseCall): InputUsage
  reset(): void
}

/** The prompt cache of the service: what stands before a cache point is read from it within five minutes. */
export function createPromptCache(now: () => number = Date.now): PromptCache {
  const seen = new Map<string, number>()
  return {
    count(call) {
      const hash = createHash('sha256').update(call.model.id)
      const points: { key: string; tokens: number }[] = []
      let tokens = 0
      const add = (text: string, extra = 0) => {
        hash.update(text).update('\0')
        tokens += countTokens(text) + extra
      }
      const point = () => points.push({ key: hash.copy().digest('hex'), tokens })
      const block = (given: Block) => {
        if (given.kind === 'cachePoint') point()
        else add(textOf(given))
      }
      // The order in which the prefix is made up: tools, system, messages.
      for (const tool of call.tools) add(JSON.stringify(tool))
      if (call.toolsCached) point()
      call.system.forEach(block)
      for (const { role, content } of call.messages) {
        add(role, frameTokens)
        content.forEach(block)
      }
      const time = now()
      const usable = points.filter((each) => each.tokens >= call.model.cacheFrom)
      const read = usable.findLast(({ key }) => time - (seen.get(key) ?? Number.NEGATIVE_INFINITY) < keptMs)
      for (const { key } of usable) seen.set(key, time)
      const cacheRead = read?.tokens ?? 0
      const cacheWrite = (usable.at(-1)?.tokens ?? cacheRead) - cacheRead
      return { input: tokens - cacheRead - cacheWrite, cacheRead, cacheWrite }
    },
    reset: () => seen.clear(),
  }
}

function textOf(block: Block): string {
  switch (block.kind) {
    case 'text':
    case 'toolResult':
      return block.text
    case 'toolUse':
      return block.name + JSON.stringify(block.input)
    default:
      return ''
  }
}
