import { isDeepStrictEqual } from 'node:util'
import type { DocumentRecord } from '../../documents/document.ts'
import { activeItem } from '../../documents/transitions.ts'
import { KassError } from '../../errors.ts'
import type { Operation } from './conditional.ts'
import { maxTextBytes } from './keys.ts'
import { documentKey, dueShardOf, entryKey, tallyKey } from './record-keys.ts'

export interface Save {
  record: DocumentRecord
  /** The record as it is stored; undefined when there is none yet. */
  former: DocumentRecord | undefined
  bumpEpoch: boolean
  /** Names this very write, so that a try whose answer was lost is known again. */
  writeId: string
}

/**
 * What one write of a record consists of: the record first, and only those of its other items that change. Most writes
 * (claims, leases, what became of retired attempts) are the record alone.
 * @throws KassError document_too_large when the record is larger than an item may be
 */
export function saveOperations(table: string, save: Save): Operation[] {
  return [putRecord(table, save), ...putActive(table, save), ...listEntry(table, save), ...tally(table, save)]
}

function putRecord(table: string, { record, former, writeId }: Save): Operation {
  const { tenant, id, rev, dueAt } = record
  const json = JSON.stringify(record)
  if (Buffer.byteLength(json) > maxTextBytes) {
    throw new KassError('document_too_large', { detail: 'There is more to say about this document than can be kept.' })
  }
  const due = dueAt === undefined ? {} : { dueShard: dueShardOf(id), dueAt }
  return {
    Put: {
      TableName: table,
      Item: { ...documentKey(tenant, id, 'record'), rev, writeId, record: json, ...due },
      ...(former
        ? { ConditionExpression: 'rev = :former', ExpressionAttributeValues: { ':former': former.rev } }
        : { ConditionExpression: 'attribute_not_exists(pk)' }),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  }
}

function putActive(table: string, { record, former }: Save): Operation[] {
  const active = activeItem(record)
  if (former && isDeepStrictEqual(active, activeItem(former))) return []
  return [{ Put: { TableName: table, Item: { ...documentKey(record.tenant, record.id, 'active'), ...active } } }]
}

function listEntry(table: string, { record, former }: Save): Operation[] {
  const { tenant, id, path, status, groups } = record
  if (former && former.status === status && isDeepStrictEqual(former.groups, groups)) return []
  const key = entryKey(tenant, id, path, status)
  const put: Operation = { Put: { TableName: table, Item: { ...key, id, status, groups } } }
  const formerKey = former && entryKey(tenant, id, path, former.status)
  if (!formerKey || formerKey.pk === key.pk) return [put]
  return [put, { Delete: { TableName: table, Key: formerKey } }]
}

/** One document always counts on the same item, so no item ever goes below zero. */
function tally(table: string, { record, former, bumpEpoch }: Save): Operation[] {
  const added = new Map<string, number>()
  if (bumpEpoch) added.set('epoch', 1)
  if (former?.status !== record.status) {
    added.set(record.status, 1)
    if (former) added.set(former.status, -1)
  }
  if (added.size === 0) return []
  const names = [...added.keys()]
  return [
    {
      Update: {
        TableName: table,
        Key: tallyKey(record.tenant, record.id),
        UpdateExpression: `ADD ${names.map((_, n) => `#${n} :${n}`).join(', ')}`,
        ExpressionAttributeNames: Object.fromEntries(names.map((name, n) => [`#${n}`, name])),
        ExpressionAttributeValues: Object.fromEntries(names.map((name, n) => [`:${n}`, added.get(name)])),
      },
    },
  ]
}
