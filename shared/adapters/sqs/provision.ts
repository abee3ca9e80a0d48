import { CreateQueueCommand, GetQueueAttributesCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs'
import type { AwsOptions } from '../aws/client.ts'
import { createSqs } from './client.ts'

const fortnight = String(14 * 24 * 3600)

/**
 * Makes the queue of the jobs and that of its dead letters, or changes them to what they must be.
 * @param about `maxReceives`: deliveries after which a worker gives a message up by itself. The queue's own limit is
 * well above, for messages that end every worker that reads them.
 */
export async function createQueues(
  options: AwsOptions,
  names: { ingest: string; deadLetter: string },
  about: { visibilityMs: number; maxReceives: number },
): Promise<{ ingestUrl: string; deadLetterUrl: string; ingestArn: string }> {
  const { client, close } = createSqs(options)

  /** Without attributes a queue that is there already is no error, whatever its attributes are. */
  async function create(QueueName: string): Promise<{ url: string; arn: string }> {
    const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName }))
    const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] })
    const arn = (await client.send(asked)).Attributes?.QueueArn
    if (!QueueUrl || !arn) throw new Error(`SQS gave no address for the queue ${QueueName}`)
    return { url: QueueUrl, arn }
  }
  const set = (QueueUrl: string, Attributes: Record<string, string>) =>
    client.send(
      new SetQueueAttributesCommand({
        QueueUrl,
        Attributes: { MessageRetentionPeriod: fortnight, SqsManagedSseEnabled: 'true', ...Attributes },
      }),
    )

  try {
    const dead = await create(names.deadLetter)
    const ingest = await create(names.ingest)
    await set(dead.url, {
      RedriveAllowPolicy: JSON.stringify({ redrivePermission: 'byQueue', sourceQueueArns: [ingest.arn] }),
    })
    await set(ingest.url, {
      VisibilityTimeout: String(Math.ceil(about.visibilityMs / 1000)),
      ReceiveMessageWaitTimeSeconds: '20',
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: dead.arn,
        maxReceiveCount: Math.min(1000, about.maxReceives * 5),
      }),
      Policy: JSON.stringify(policyOf(ingest.arn)),
    })
    return { ingestUrl: ingest.url, deadLetterUrl: dead.url, ingestArn: ingest.arn }
  } finally {
    close()
  }
}

/** Admits the two services that send events, for sources of this account only; our own roles have rights of their own. */
function policyOf(queueArn: string) {
  const account = queueArn.split(':')[4]
  return {
    Version: '2012-10-17',
    Statement: ['s3.amazonaws.com', 'events.amazonaws.com'].map((Service) => ({
      Sid: `From${Service.split('.')[0]}`,
      Effect: 'Allow',
      Principal: { Service },
      Action: 'sqs:SendMessage',
      Resource: queueArn,
      Condition: { StringEquals: { 'aws:SourceAccount': account } },
    })),
  }
}
