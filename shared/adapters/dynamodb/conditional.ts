import {
  type AttributeValue,
  ConditionalCheckFailedException,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
} from '@aws-sdk/client-dynamodb'
import {
  type DynamoDBDocumentClient,
  PutCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb'
import { backOff } from './backoff.ts'

/** A condition that did not hold. */
export interface FailedCondition {
  /** Which operation's it was. */
  index: number
  /** What stood there instead, where the operation asked for it (`ALL_OLD`); not unmarshalled. */
  old: Record<string, AttributeValue> | undefined
}

export type Operation = NonNullable<TransactWriteCommandInput['TransactItems']>[number]

/** Why a transaction was cancelled though nothing is wrong with it. */
const contention = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'])

/** The conditions that an error tells of; undefined when it tells of something else. */
function failedConditions(error: unknown): FailedCondition[] | undefined {
  if (error instanceof ConditionalCheckFailedException) return [{ index: 0, old: error.Item }]
  if (!(error instanceof TransactionCanceledException)) return undefined
  const failed = (error.CancellationReasons ?? []).flatMap(({ Code, Item }, index) =>
    Code === 'ConditionalCheckFailed' ? [{ index, old: Item }] : [],
  )
  return failed.length > 0 ? failed : undefined
}

/** Whether somebody else was at the same items at the same moment. The SDK does not try again then. */
function isContention(error: unknown): boolean {
  if (error instanceof TransactionConflictException || error instanceof TransactionInProgressException) return true
  if (!(error instanceof TransactionCanceledException)) return false
  return (error.CancellationReasons ?? []).some(({ Code }) => Code !== undefined && contention.has(Code))
}

/**
 * Does a conditional write, and again while others are at the same items. Gives the conditions that did not hold: none
 * when it is written.
 * @throws KassError storage_throttled when others never let go
 */
export async function conditional(write: () => Promise<unknown>): Promise<FailedCondition[]> {
  for (let tries = 1; ; tries++) {
    try {
      await write()
      return []
    } catch (error) {
      const failed = failedConditions(error)
      if (failed) return failed
      if (!isContention(error)) throw error
      await backOff(tries, error)
    }
  }
}

/** All operations or none. One `Put` alone is written without a transaction, which costs half. */
export function writeAll(client: DynamoDBDocumentClient, operations: readonly Operation[]): Promise<FailedCondition[]> {
  const [first] = operations
  const alone = operations.length === 1 ? first?.Put : undefined
  return conditional(() =>
    alone
      ? client.send(new PutCommand(alone))
      : client.send(new TransactWriteCommand({ TransactItems: [...operations] })),
  )
}
