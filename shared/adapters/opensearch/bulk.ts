import { setTimeout as pause } from 'node:timers/promises'
import { bulkhead } from 'cockatiel'
import { KassError } from '../../errors.ts'
import { isObject, type JsonObject, numberIn, objectIn, objectsIn } from './answers.ts'
import { unreadable } from './errors.ts'
import type { OpenSearchOptions } from './options.ts'
import type { Requests } from './requests.ts'

/** One line, or two, of a bulk request. */
export interface Operation {
  /** For messages. */
  name: string
  action: JsonObject
  source?: JsonObject
}

type BulkOptions = Pick<OpenSearchOptions, 'index' | 'bulkBytes' | 'bulkConcurrency' | 'logger'>

export interface Bulk {
  /**
   * Writes in requests of bounded size, few at once for the whole process; others wait. Items for which there was no
   * room are tried again, with growing pauses. Gives the ids of what was written.
   * @param restore called when the index turned out to be gone, or without a field, before items are tried again
   * @throws KassError search_*, internal naming the item that was refused
   */
  write(operations: Iterable<Operation>, restore: () => Promise<void>): Promise<string[]>
}

const mostTries = 7
const firstPauseMs = 100
const longestPauseMs = 3_000
/** Requests of a few bytes each would still be answered item by item. */
const mostItems = 2_000

interface Item {
  name: string
  lines: string
}

type Wait = (ms: number) => Promise<unknown>

/** What became of an item; `again` with why it was not taken. */
type Outcome = { id: string } | { again: 'full' | 'trouble' | 'stale' } | { refused: JsonObject }

export function createBulk(requests: Pick<Requests, 'send'>, options: BulkOptions, wait: Wait = pause): Bulk {
  const places = bulkhead(options.bulkConcurrency, Number.MAX_SAFE_INTEGER)
  const path = `/${encodeURIComponent(options.index)}/_bulk`

  async function post(items: readonly Item[]): Promise<Outcome[]> {
    // The client's own `bulk` sends PUT when it is given an index, which a collection does not know.
    const lines = items.map((item) => item.lines).join('')
    const { status, body } = await places.execute(() => requests.send({ method: 'POST', path, lines, accept: [404] }))
    if (status === 404) return items.map(() => ({ again: 'stale' }))
    const outcomes = objectsIn(body.items, 'items').map(outcomeOf)
    if (outcomes.length !== items.length) throw unreadable('outcome of every item')
    return outcomes
  }

  async function settle(first: readonly Item[], ids: string[], restore: () => Promise<void>): Promise<void> {
    let items = first
    for (let tries = 1; ; tries++) {
      const outcomes = await post(items)
      const left: Item[] = []
      let why: string | undefined
      for (const [at, item] of items.entries()) {
        const outcome = outcomes[at]
        if (outcome && 'id' in outcome) ids.push(outcome.id)
        else if (outcome && 'refused' in outcome) throw refusal(item, outcome.refused)
        else if (outcome) {
          left.push(item)
          why = why === 'stale' ? why : outcome.again
        }
      }
      if (left.length === 0) return
      if (tries === mostTries) {
        throw new KassError(why === 'full' ? 'search_throttled' : 'search_unavailable', {
          retryAfterMs: longestPauseMs,
          detail: `The search index took ${first.length - left.length} of ${first.length} passages; try again later.`,
        })
      }
      options.logger.debug({ items: left.length, tries, why }, 'passages are written again')
      await wait(Math.min(longestPauseMs, firstPauseMs * 2 ** (tries - 1)) * (0.5 + Math.random()))
      if (why === 'stale') await restore()
      items = left
    }
  }

  return {
    async write(operations, restore) {
      const ids: string[] = []
      let items: Item[] = []
      let bytes = 0
      for (const { name, action, source } of operations) {
        const lines = `${JSON.stringify(action)}\n${source ? `${JSON.stringify(source)}\n` : ''}`
        const size = Buffer.byteLength(lines)
        if (items.length > 0 && (bytes + size > options.bulkBytes || items.length === mostItems)) {
          await settle(items, ids, restore)
          items = []
          bytes = 0
        }
        items.push({ name, lines })
        bytes += size
      }
      if (items.length > 0) await settle(items, ids, restore)
      return ids
    },
  }
}

/** Removing what is gone, and making what is there, are done. */
function outcomeOf(item: JsonObject): Outcome {
  const [[action, result] = ['', undefined]] = Object.entries(item)
  const about = objectIn(result, 'outcome of an item')
  const status = numberIn(about.status, 'status of an item')
  const type = isObject(about.error) ? about.error.type : undefined
  const done = status < 300 || (action === 'create' && status === 409) || (action === 'delete' && status === 404)
  if (done) return { id: String(about._id) }
  if (type === 'index_not_found_exception' || type === 'strict_dynamic_mapping_exception') return { again: 'stale' }
  if (status === 429) return { again: 'full' }
  return status >= 500 ? { again: 'trouble' } : { refused: about }
}

/** The reason may quote the text of a document, so it is a cause and no detail. */
function refusal(item: Item, result: JsonObject): KassError {
  const type = isObject(result.error) ? String(result.error.type) : String(result.status)
  const detail = `The search index refused ${item.name} (${type}).`
  return new KassError('internal', { detail, place: item.name, cause: new Error(JSON.stringify(result.error)) })
}
