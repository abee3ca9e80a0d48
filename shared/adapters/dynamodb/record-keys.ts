import type { DocumentStatus } from '../../documents/document.ts'
import type { Key } from './batch.ts'
import { shardOf, shardsOf } from './keys.ts'

/**
 * The documents' table:
 *
 * | pk | sk | what |
 * |---|---|---|
 * | `doc#<tenant>#<id>` | `record` · `active` · `progress` | the record (JSON) · the small item for searching · progress |
 * | `list#<tenant>#<shard>` | the path | an entry of the tenant's list; `gone#…` for tombstones |
 * | `tally#<tenant>` | a shard | documents by status, and the epoch; what they say is added up |
 * | `lease#<name>` | `lease` | who holds a schedule |
 *
 * A tenant's name has no `#`, so no key can be read in two ways.
 */

/** Entries of one list are spread, so that a tenant may write faster than one partition takes (1,000 units a second). */
const listShards = 4
/** Transactions on one item exclude each other: with 32 items many workers seldom meet. All are read by one query. */
const tallyShards = 32
export const dueShards = 8

/** Only an id of this form is a document's; any other is unknown, however long it is. */
const idPattern = /^doc_[a-z2-7]{24}$/

export const isDocumentId = (id: string): boolean => idPattern.test(id)

export const documentKey = (tenant: string, id: string, what: 'record' | 'active' | 'progress'): Key => ({
  pk: `doc#${tenant}#${id}`,
  sk: what,
})

export const entryKey = (tenant: string, id: string, path: string, status: DocumentStatus): Key => ({
  pk: `${listOf(status)}#${tenant}#${shardOf(id, listShards)}`,
  sk: path,
})

/** The partitions of a tenant's list, or of its tombstones. */
export const listPartitions = (tenant: string, status: DocumentStatus | undefined): string[] =>
  shardsOf(listShards).map((shard) => `${listOf(status)}#${tenant}#${shard}`)

const listOf = (status: DocumentStatus | undefined): string => (status === 'gone' ? 'gone' : 'list')

export const tallyPartition = (tenant: string): string => `tally#${tenant}`

export const tallyKey = (tenant: string, id: string): Key => ({
  pk: tallyPartition(tenant),
  sk: shardOf(id, tallyShards),
})

export const dueShardOf = (id: string): string => shardOf(id, dueShards)

export const leaseKey = (name: string): Key => ({ pk: `lease#${name}`, sk: 'lease' })
