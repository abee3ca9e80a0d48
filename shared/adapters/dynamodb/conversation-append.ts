import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { KassError } from '../../errors.ts'
import type { NewMessage, Owner, StoredMessage } from '../../ports/conversation-store.ts'
import { titleOf } from '../../text/title.ts'
import { ulid } from '../../ulid.ts'
import { backOff } from './backoff.ts'
import { type Operation, writeAll } from './conditional.ts'
import { type Head, readHead } from './conversation-items.ts'
import { headKey, idleKey, messageSort, placeKey, usedKey } from './conversation-keys.ts'
import { takeAway } from './conversation-removal.ts'
import { maxTextBytes } from './keys.ts'

/**
 * Adds a message under the conversation's next number, together with everything that leads to it, as one step. Who was
 * second of two takes the number after.
 * @param nextStamp microseconds since 1970, rising with every call
 * @throws KassError payload_too_large when the message is larger than an item may be
 */
export async function appendMessage(
  client: DynamoDBDocumentClient,
  table: string,
  nextStamp: () => number,
  about: { owner: Owner; conversationId: string; message: NewMessage },
): Promise<void> {
  const { owner, conversationId, message } = about
  const stored: StoredMessage = { ...message, conversationId }
  const json = JSON.stringify(stored)
  if (Buffer.byteLength(json) > maxTextBytes) {
    throw new KassError('payload_too_large', { detail: 'The message is larger than one that can be kept.' })
  }
  for (let tries = 1; ; tries++) {
    const head = await readHead(client, table, owner, conversationId)
    if (head?.removed) {
      // Somebody who took it away was stopped in the middle.
      await takeAway(client, table, owner, head)
      continue
    }
    const life = head?.life ?? ulid()
    const number = (head?.messages ?? 0) + 1
    const stamp = Math.max(nextStamp(), (head?.stamp ?? 0) + 1)
    const place = placeKey(owner, message.id)
    const talk = headKey(owner, conversationId)
    const failed = await writeAll(client, [
      {
        Put: {
          TableName: table,
          Item: { ...place, conversationId, life, number },
          ConditionExpression: 'attribute_not_exists(pk)',
        },
      },
      {
        Put: {
          TableName: table,
          Item: { pk: talk.pk, sk: messageSort(life, number), messageId: message.id, message: json },
        },
      },
      headOperation(table, { talk, head, life, number, stamp, conversationId, message }),
      { Put: { TableName: table, Item: { ...usedKey(owner, conversationId, stamp), id: conversationId } } },
      head
        ? { Delete: { TableName: table, Key: usedKey(owner, conversationId, head.stamp) } }
        : {
            Put: {
              TableName: table,
              Item: {
                ...idleKey(owner, conversationId, message.createdAt),
                tenant: owner.tenant,
                subject: owner.subject,
                id: conversationId,
                life,
              },
            },
          },
    ])
    // The first operation's condition: this very message is there already, as after a retry of an append that landed.
    if (failed.length === 0 || failed.some(({ index }) => index === 0)) return
    await backOff(tries)
  }
}

function headOperation(
  table: string,
  next: {
    talk: { pk: string; sk: string }
    head: Head | undefined
    life: string
    number: number
    stamp: number
    conversationId: string
    message: NewMessage
  },
): Operation {
  const { talk, head, life, number, stamp, conversationId, message } = next
  const { createdAt } = message
  if (!head) {
    const title = titleOf(message.content)
    const begun = {
      id: conversationId,
      title,
      createdAt,
      updatedAt: createdAt,
      messages: number,
      life,
      stamp,
      idleAt: createdAt,
    }
    return {
      Put: { TableName: table, Item: { ...talk, ...begun }, ConditionExpression: 'attribute_not_exists(pk)' },
    }
  }
  return {
    Update: {
      TableName: table,
      Key: talk,
      UpdateExpression: 'SET messages = :number, stamp = :stamp, updatedAt = :updatedAt',
      ConditionExpression: 'life = :life AND messages = :former AND attribute_not_exists(removed)',
      ExpressionAttributeValues: {
        ':number': number,
        ':stamp': stamp,
        ':updatedAt': Math.max(head.updatedAt, createdAt),
        ':life': life,
        ':former': head.messages,
      },
    },
  }
}
