import { test } from 'tap'
import { embeddingKey } from '../../documents/fingerprint.ts'
import type { SearchIndex } from '../../ports/search-index.ts'
import { attempt, chunk, type OpenIndex, put, query, seen, seenKeys } from './search-index/corpus.ts'
import { filterPromises } from './search-index/filters.ts'
import { rankingPromises, statisticsPromises } from './search-index/ranking.ts'

async function listed(index: SearchIndex): Promise<string[]> {
  const found: string[] = []
  for await (const one of index.attempts()) found.push(`${one.tenant} ${one.documentId} ${one.attempt} ${one.chunks}`)
  return found.sort()
}

/**
 * What every SearchIndex promises; what lags gets the adapter's `visibilityMs`. An engine that shares its statistics
 * between tenants, or keeps those of what was removed for a while, says so.
 */
export function searchIndexContract(name: string, open: OpenIndex, options?: { sharesStatistics: boolean }): void {
  filterPromises(name, open)
  rankingPromises(name, open)
  if (!options?.sharesStatistics) statisticsPromises(name, open)

  test(`${name}: what one connection put, another finds; what it removed, another does not`, async (t) => {
    const { index, other } = await open(t)
    await index.ready()
    await put(other, attempt('a'), 'apple pie', 'pear tart')
    t.same(await seenKeys(index, query('pear'), 1), { text: ['a:1'], vector: ['a:1', 'a:0'] })
    await other.remove('a')
    t.same(await seenKeys(index, query('pear'), 0), { text: [], vector: [] })
    t.equal(
      await seen(
        other,
        () => index.count('a'),
        (count) => count === 0,
      ),
      0,
    )
  })

  test(`${name}: an attempt can be put in parts, by two connections`, async (t) => {
    const { index, other } = await open(t)
    await index.put(attempt('a'), [chunk(0, 'apple'), chunk(1, 'banana')])
    await other.put(attempt('a'), [chunk(2, 'cherry')])
    t.equal((await seenKeys(index, query('apple banana cherry'), 3)).text.length, 3)
    t.equal(await index.count('a'), 3)
  })

  test(`${name}: putting twice and removing twice is like once`, async (t) => {
    const { index, other } = await open(t)
    for (const one of [index, other, index]) await put(one, attempt('a'), 'apple pie', 'pear tart')
    t.same((await seenKeys(index, query('apple'), 1)).text, ['a:0'])
    t.equal(await index.count('a'), 2)
    t.same(await listed(other), ['acme doc_a a 2'])
    for (const one of [index, other, index]) await one.remove('a')
    await index.remove('never put')
    t.same(await seenKeys(index, query('apple'), 0), { text: [], vector: [] })
    t.same(
      await seen(
        index,
        () => listed(index),
        (found) => found.length === 0,
      ),
      [],
    )
  })

  test(`${name}: what is put again after its removal is found again, once`, async (t) => {
    const { index } = await open(t)
    await put(index, attempt('a'), 'apple pie')
    await seenKeys(index, query('apple'), 1)
    await index.remove('a')
    await put(index, attempt('a'), 'apple pie')
    t.same(await seenKeys(index, query('apple'), 1), { text: ['a:0'], vector: ['a:0'] })
    t.equal(await index.count('a'), 1)
  })

  test(`${name}: removing one attempt leaves another of the same document`, async (t) => {
    const { index } = await open(t)
    await put(index, attempt('a1', { documentId: 'doc_a' }), 'apple pie')
    await put(index, attempt('a2', { documentId: 'doc_a' }), 'apple pie')
    t.equal((await seenKeys(index, query('apple'), 2)).text.length, 2)
    await index.remove('a1')
    t.same(await seenKeys(index, query('apple'), 1), { text: ['a2:0'], vector: ['a2:0'] })
  })

  test(`${name}: every attempt that has a chunk is listed with its tenant, document and number`, async (t) => {
    const { index } = await open(t)
    await put(index, attempt('a'), 'one', 'two')
    await put(index, attempt('b', { tenant: 'globex' }), 'three')
    await index.put(attempt('empty'), [])
    const all = ['acme doc_a a 2', 'globex doc_b b 1']
    t.same(
      await seen(
        index,
        () => listed(index),
        (found) => found.length === 2,
      ),
      all,
    )
  })

  test(`${name}: a passage is read back as it was put, and a key that is gone is left out`, async (t) => {
    const { index, other } = await open(t)
    const about = { tags: ['hr'], metadata: { year: 2024, final: true, by: 'Ada' }, title: 'Häuser' }
    const rows = { kind: 'rows' as const, rowNumbers: [12, 14], locator: 'Sheet1!A12:C14', headerless: true as const }
    const put = [chunk(0, 'kurz\nund gut', { section: ['A', 'B'] }), chunk(1, 'x,y\nz,w', rows)]
    await index.put(attempt('a:b', about), put)
    const wanted = ['a:b:0', 'a:b:1', 'a:b:2', 'b:0', 'nonsense', 'a:b:x', '']
    const found = await seen(
      other,
      () => other.passages(wanted),
      (map) => map.size === 2,
    )
    t.same([...found.keys()].sort(), ['a:b:0', 'a:b:1'])
    const shared = {
      attempt: 'a:b',
      documentId: 'doc_a:b',
      path: 'files/a:b.md',
      contentType: 'text/markdown',
      ...about,
    }
    for (const one of put) {
      const { vector, ...rest } = one
      t.same(found.get(`a:b:${one.ordinal}`), { ...shared, ...rest, key: `a:b:${one.ordinal}` })
    }
  })

  test(`${name}: the chunks of an attempt come in pages, in their order`, async (t) => {
    const { index } = await open(t)
    const made = Array.from({ length: 150 }, (_, ordinal) => chunk(ordinal, `text ${ordinal}`))
    await index.put(attempt('a'), made.toReversed())
    await put(index, attempt('b'), 'of another attempt')
    await seen(
      index,
      () => index.count('a'),
      (count) => count === 150,
    )
    const ordinals: number[] = []
    let cursor: string | undefined
    do {
      const page = await index.chunks('a', { cursor, limit: 64 })
      t.ok(page.items.length <= 64)
      ordinals.push(...page.items.map(({ ordinal }) => ordinal))
      cursor = page.cursor
    } while (cursor !== undefined)
    t.same(ordinals, [...made.keys()])
    t.same((await index.chunks('a', { limit: 150 })).cursor, undefined)
    t.same(await index.chunks('none', { limit: 10 }), { items: [] })
    await t.rejects(index.chunks('a', { cursor: 'nonsense', limit: 10 }), { code: 'invalid_cursor' })
  })

  test(`${name}: the chunks of an attempt are given to the groups that it was made for`, async (t) => {
    const { index } = await open(t)
    await index.put({ ...attempt('a'), groups: ['staff', 'board'] }, [chunk(0, 'for some')])
    await index.put({ ...attempt('b'), groups: [] }, [chunk(0, 'for all')])
    const given = async (id: string, groups?: string[]) => (await index.chunks(id, { limit: 10, groups })).items.length
    await seen(
      index,
      async () => [await given('a'), await given('b')],
      (counts) => counts.every((count) => count === 1),
    )
    t.equal(await given('a', ['ops', 'board']), 1)
    t.equal(await given('a', ['ops']), 0)
    t.equal(await given('a', []), 0)
    t.equal(await given('b', []), 1)
  })

  test(`${name}: the vectors of an attempt are given by what was embedded, to the embedder that made them`, async (t) => {
    const { index } = await open(t)
    const [apple, pear] = [chunk(0, 'apple'), chunk(1, 'apple', { section: ['Trees'] })]
    await index.put(attempt('a'), [apple, pear, chunk(2, 'without', { vector: undefined })])
    const found = await seen(
      index,
      () => index.vectors('a', 'hashing/384'),
      (map) => map.size === 2,
    )
    t.same(found, new Map([apple, pear].map((passage) => [embeddingKey(passage), passage.vector])))
    t.equal((await index.vectors('a', 'other/384')).size, 0)
    t.equal((await index.vectors('none', 'hashing/384')).size, 0)
  })

  test(`${name}: a search that is given up is rejected with the reason`, async (t) => {
    const { index } = await open(t)
    await t.rejects(index.search(query('x'), AbortSignal.abort(new Error('gone away'))), { message: 'gone away' })
    const controller = new AbortController()
    const search = index.search(query('x'), controller.signal)
    controller.abort(new Error('gone away'))
    await t.rejects(search, { message: 'gone away' })
    t.same(await index.search(query('x')), { text: [], vector: [] })
  })
}
