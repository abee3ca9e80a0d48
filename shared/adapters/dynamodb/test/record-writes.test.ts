import { test } from 'tap'
import type { DocumentRecord } from '../../../documents/document.ts'
import * as step from '../../../documents/transitions.ts'
import { head, ref } from '../../../test/contracts/document-store/support.ts'
import { saveOperations } from '../record-writes.ts'

const now = 1_700_000_000_000
const fresh: DocumentRecord = { ...step.observe(undefined, head(1), now), rev: 1 }

/** What a step writes: the kind of each operation and what it is about. */
function written(former: DocumentRecord | undefined, next: DocumentRecord, bumpEpoch = false): string[] {
  const record = { ...next, rev: (former?.rev ?? 0) + 1 }
  return saveOperations('table', { record, former, bumpEpoch, writeId: 'w' }).map((operation) =>
    Object.entries(operation)
      .map(([kind, about]) => {
        const key = Object(about).Key ?? Object(about).Item
        return `${kind} ${String(key.pk).split('#')[0]} ${String(key.sk).replace(/^\d\d$/, 'shard')}`
      })
      .join(),
  )
}

test('a new document is written with everything that leads to it', (t) => {
  t.same(written(undefined, fresh), ['Put doc record', 'Put doc active', `Put list ${ref.path}`, 'Update tally shard'])
  t.end()
})

test('a step that nobody but the holder sees is the record alone', (t) => {
  const held = step.claim(fresh, ref, { token: 'c', holder: 'w', leaseMs: 10 }, now)
  t.same(held && written(fresh, held), ['Put doc record'])
  t.end()
})

test('a new status moves the entry and the tally, and leaves the active item alone', (t) => {
  const begun = step.begin(fresh, { attempt: 'a1', fingerprint: 'f1' }, now)
  t.same(written(fresh, begun), ['Put doc record', `Put list ${ref.path}`, 'Update tally shard'])
  t.end()
})

test('a deletion takes the document from the one list to the other, in the write that hides it', (t) => {
  const deleted = step.markDeleted(fresh, 'r1', now)
  t.same(deleted && written(fresh, deleted, true), [
    'Put doc record',
    'Put doc active',
    `Put gone ${ref.path}`,
    `Delete list ${ref.path}`,
    'Update tally shard',
  ])
  t.end()
})

test('the tally is changed by what has changed, and only by that', (t) => {
  const update = (former: DocumentRecord | undefined, record: DocumentRecord, bumpEpoch: boolean) => {
    const operations = saveOperations('table', { record, former, bumpEpoch, writeId: 'w' })
    const { Update } = operations.at(-1) ?? {}
    const values = Object.values(Update?.ExpressionAttributeValues ?? {})
    return Object.fromEntries(Object.values(Update?.ExpressionAttributeNames ?? {}).map((name, n) => [name, values[n]]))
  }
  t.same(update(undefined, fresh, false), { queued: 1 })
  t.same(update(fresh, { ...fresh, status: 'ready' }, true), { epoch: 1, ready: 1, queued: -1 })
  t.same(update(fresh, fresh, true), { epoch: 1 })
  t.same(update(fresh, fresh, false), {})
  t.end()
})

test('only a document that waits for something is in the index of what is due', (t) => {
  const itemOf = (record: DocumentRecord) =>
    saveOperations('table', { record, former: fresh, bumpEpoch: false, writeId: 'w' })[0]?.Put?.Item ?? {}
  t.match(itemOf(fresh), { dueAt: fresh.dueAt, dueShard: /^\d\d$/ })
  const rested = itemOf({ ...fresh, dueAt: undefined })
  t.notOk('dueAt' in rested || 'dueShard' in rested)
  t.end()
})
