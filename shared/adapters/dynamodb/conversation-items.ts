import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb'
import type { Conversation, Owner, StoredMessage } from '../../ports/conversation-store.ts'
import { type Item, number, optionalNumber, text } from './attributes.ts'
import { headKey } from './conversation-keys.ts'

/** A conversation as it is stored. */
export interface Head extends Conversation {
  /** New for each beginning of a conversation under this id. */
  life: string
  /** When it was used last, in microseconds since 1970. */
  stamp: number
  /** Where it stands in the list of idle conversations. */
  idleAt: number | undefined
  /** It is being taken away; nobody sees it any more. */
  removed: boolean
}

export function toHead(item: Item): Head {
  return {
    id: text(item, 'id'),
    title: text(item, 'title'),
    createdAt: number(item, 'createdAt'),
    updatedAt: number(item, 'updatedAt'),
    messages: number(item, 'messages'),
    life: text(item, 'life'),
    stamp: number(item, 'stamp'),
    idleAt: optionalNumber(item, 'idleAt'),
    removed: item.removed === true,
  }
}

export function toConversation({ id, title, createdAt, updatedAt, messages }: Head): Conversation {
  return { id, title, createdAt, updatedAt, messages }
}

export function toMessage(item: Item): StoredMessage {
  return JSON.parse(text(item, 'message'))
}

/** The conversation as it is stored, even while it is being taken away; strongly consistent. */
export async function readHead(
  client: DynamoDBDocumentClient,
  table: string,
  owner: Owner,
  conversationId: string,
): Promise<Head | undefined> {
  const key = headKey(owner, conversationId)
  const { Item } = await client.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: true }))
  return Item && toHead(Item)
}
