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
 * | `talk#<digest of owner and id>` | `rated#<life>#<number>` | what the owner thinks of that message |
 * | `used#<digest of owner>#<shard>` | `<when>#<digest of owner and id>` | an entry of the owner's list |
 * | `feedback#<digest of tenant>#<shard>` | `<when>#<digest of owner and message>` | an entry of the tenant's feedback |
 * | `idle#<shard>` | `<when>#<digest of owner and id>` | an entry of all conversations, for their expiry |
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

const timeDigits = 15
const padded = (ms: number) => String(ms).padStart(timeDigits, '0')

/** The sort key of the feedback on the message with this number. */
export const ratedSort = (life: string, number: number): string =>
  `${ratedPrefix}${life}#${String(number).padStart(numberDigits, '0')}`

export const ratedPrefix = 'rated#'

const feedbackPartition = (tenant: string, shard: string): string => `feedback#${digest(tenant)}#${shard}`

export const feedbackPartitions = (tenant: string): string[] =>
  shardsOf(listShards).map((shard) => feedbackPartition(tenant, shard))

/** @param at when it was given, in milliseconds since 1970 */
export function feedbackKey(owner: Owner, messageId: string, at: number): Key {
  const name = digest(owner.tenant, owner.subject, messageId)
  return { pk: feedbackPartition(owner.tenant, shardOf(name, listShards)), sk: `${padded(at)}#${name}` }
}

/** What a cursor of a list of feedback must look like. */
export const feedbackSortPattern = /^\d{15}#[\w-]{22}$/

/** Every new conversation of every tenant writes there. */
const idleShards = 8

export const idlePartitions = (): string[] => shardsOf(idleShards).map((shard) => `idle#${shard}`)

/** @param at when it was known to be used last, in milliseconds since 1970 */
export function idleKey(owner: Owner, conversationId: string, at: number): Key {
  const name = digest(owner.tenant, owner.subject, conversationId)
  return { pk: `idle#${shardOf(name, idleShards)}`, sk: `${padded(at)}#${name}` }
}

/** Above every sort key of an earlier time. */
export const idleBefore = (ms: number): string => padded(Math.max(0, ms))
