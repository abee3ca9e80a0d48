import { hitsOf, numberIn, objectsIn, textIn } from './answers.ts'
import type { Bulk } from './bulk.ts'
import { unreadable } from './errors.ts'
import type { OpenSearchOptions } from './options.ts'
import type { Requests } from './requests.ts'

export interface Removal {
  remove(attempt: string): Promise<void>
  /** The ids that a collection gave to what was written. */
  written(attempt: string, ids: readonly string[]): void
}

interface RemovalParts {
  requests: Requests
  options: Pick<OpenSearchOptions, 'index' | 'logger'>
}

/** Removed in one request, so that each ends within its time. */
const removedAtOnce = 2_000
/** How often documents are tried again that changed while they were being removed. */
const mostConflicts = 5

/** By query, until nothing is left. What was written just before is made visible first, or it would stay. */
export function createDomainRemoval({ requests, options }: RemovalParts, refresh: () => Promise<void>): Removal {
  const path = `/${encodeURIComponent(options.index)}/_delete_by_query`
  return {
    written: () => undefined,
    async remove(attempt) {
      await refresh()
      for (let conflicts = 0; conflicts < mostConflicts; ) {
        const query = { conflicts: 'proceed', refresh: 'true', max_docs: String(removedAtOnce) }
        const body = { query: { term: { attempt } } }
        const answer = await requests.send({ method: 'POST', path, query, body, accept: [404] })
        if (answer.status === 404) return
        if (objectsIn(answer.body.failures, 'failures').length > 0) throw unreadable('complete removal')
        const conflicted = numberIn(answer.body.version_conflicts, 'conflicts')
        if (conflicted > 0) conflicts++
        else if (numberIn(answer.body.deleted, 'number of the removed') < removedAtOnce) return
      }
    },
  }
}

/** Ids that are remembered, of all attempts together. */
const mostRemembered = 100_000
const keepAlive = '2m'

/**
 * By searching for the attempt at one point in time and removing the ids found. What cannot be seen yet is not found:
 * its ids are known when this process wrote it, and else a later removal finds them.
 */
export function createServerlessRemoval({ requests, options }: RemovalParts, bulk: Bulk): Removal {
  const index = `/${encodeURIComponent(options.index)}`
  const remembered = new Map<string, string[]>()
  let count = 0

  function forget(attempt: string): string[] {
    const ids = remembered.get(attempt) ?? []
    count -= ids.length
    remembered.delete(attempt)
    return ids
  }

  async function remove(ids: readonly string[]): Promise<void> {
    const operations = ids.map((id) => ({ name: id, action: { delete: { _id: id } } }))
    await bulk.write(operations, async () => undefined)
  }

  async function* found(attempt: string, pit: string) {
    for (let after: unknown[] | undefined; ; ) {
      const body = {
        size: removedAtOnce,
        _source: false,
        track_total_hits: false,
        query: { bool: { filter: [{ term: { attempt } }] } },
        pit: { id: pit, keep_alive: keepAlive },
        sort: [{ uid: 'asc' }],
        ...(after && { search_after: after }),
      }
      const answer = await requests.send({ method: 'POST', path: '/_search', body })
      const hits = hitsOf(answer.body)
      yield hits.map((hit) => textIn(hit._id, 'id'))
      const last = hits.at(-1)?.sort
      if (hits.length < removedAtOnce || !Array.isArray(last)) return
      after = last
    }
  }

  async function removeFound(attempt: string): Promise<void> {
    const path = `${index}/_search/point_in_time`
    const opened = await requests.send({ method: 'POST', path, query: { keep_alive: keepAlive }, accept: [404] })
    if (opened.status === 404) return
    const pit = textIn(opened.body.pit_id, 'point in time')
    try {
      for await (const ids of found(attempt, pit)) await remove(ids)
    } finally {
      // It would end by itself; whatever fails here changes nothing.
      await requests
        .send({ method: 'DELETE', path: '/_search/point_in_time', body: { pit_id: [pit] } })
        .catch((err: unknown) => options.logger.debug({ err }, 'a point in time was left open'))
    }
  }

  return {
    written(attempt, ids) {
      remembered.set(attempt, [...(remembered.get(attempt) ?? []), ...ids])
      count += ids.length
      for (const oldest of remembered.keys()) {
        if (count <= mostRemembered) break
        forget(oldest)
      }
    },
    async remove(attempt) {
      const known = remembered.get(attempt) ?? []
      await remove(known)
      await removeFound(attempt)
      if (remembered.get(attempt) === known) forget(attempt)
    },
  }
}
