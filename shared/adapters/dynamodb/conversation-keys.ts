import type { Owner } from '../../ports/conversation-store.ts'
import type { Key } from './batch.ts'
import { digest, shardOf, shardsOf } from './keys.ts'

/**
 * The conversations' table. What callers choose (subjects, ids) stands in keys as a digest: of bounded length, and no
 * two of them can be put together to look like a third.
 *
 * | pk | sk | what |
 * |---|---|---|
 * | `talk#<digest of owner and id>` | `message#<life>#<number>` | a message |
 * | the same | `~head` | the conversation itself, behind its messages: one query backwards reads it and the latest |
 * | `message#<digest of owner and id>` | `place` | where a message is |
 * | `used#<digest of owner>#<shard>` | `<when>#<digest of owner and id>` | an entry of the owner's list |
 *
 * `life` is new for each beginning of a conversation: what a removal still takes away is never a later one's.
 */

/** Entries of one owner are spread: a bot that speaks for everybody is one owner. */
const listShards = 4

export const headSort = '~head'
export const messagePrefix = 'message#'

const numberDigits = 9
const stampDigits = 16

export const talkPartition = (owner: Owner, conversationId: string): string =>
  `talk#${digest(owner.tenant, owner.subject, conversationId)}`

export const headKey = (owner: Owner, conversationId: string): Key => ({
  pk: talkPartition(owner, conversationId),
  sk: headSort,
})

/** The sort key of the message with this number (from 1) in one life of a conversation. */
export const messageSort = (life: string, number: number): string =>
  `${messagePrefix}${life}#${String(number).padStart(numberDigits, '0')}`

export const placeKey = (owner: Owner, messageId: string): Key => ({
  pk: `message#${digest(owner.tenant, owner.subject, messageId)}`,
  sk: 'place',
})

const usedPartition = (owner: Owner, shard: string): string => `used#${digest(owner.tenant, owner.subject)}#${shard}`

export const usedPartitions = (owner: Owner): string[] =>
  shardsOf(listShards).map((shard) => usedPartition(owner, shard))

/** @param stamp when it was used last, in microseconds since 1970 */
export function usedKey(owner: Owner, conversationId: string, stamp: number): Key {
  const name = digest(owner.tenant, owner.subject, conversationId)
  return {
    pk: usedPartition(owner, shardOf(name, listShards)),
    sk: `${String(stamp).padStart(stampDigits, '0')}#${name}`,
  }
}

/** What a cursor of the list of conversations must look like. */
export const usedSortPattern = /^\d{16}#[\w-]{22}$/
