import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { type AwsOptions, clientConfig, guarded, storageGuard } from '../aws/client.ts'

export interface Dynamo {
  client: DynamoDBDocumentClient
  /** Closes the connections; nothing may use the client any more. */
  close(): void
}

/** A client for DynamoDB whose calls fail with `storage_*` errors when the service is in trouble. */
export function createDynamo(options: AwsOptions): Dynamo {
  const plain = new DynamoDBClient(clientConfig(options))
  plain.middlewareStack.use(guarded('dynamodb', storageGuard('dynamodb', options)))
  const client = DynamoDBDocumentClient.from(plain, { marshallOptions: { removeUndefinedValues: true } })
  return { client, close: () => plain.destroy() }
}
