import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { type DiagnosticCheck, type Finding, ok, problem, warning } from '../../ports/diagnosis.ts'
import { asking } from '../aws/diagnose.ts'

export interface QueuesToCheck {
  client: SQSClient
  queueUrl: string
  deadLetterUrl: string
  /** What the queue must leave a message invisible for, in milliseconds. */
  visibilityMs: number
  /** QUEUE_MAX_RECEIVES: the worker itself gives a message up after so many deliveries. */
  maxReceives: number
}

type Attributes = Record<string, string>

const nameOf = (urlOrArn: string) => urlOrArn.split(/[/:]/).at(-1) ?? ''

/** Both queues: there, permitted, and set up so that a message which ends every worker gets out of the way. */
export function queueChecks(about: QueuesToCheck): DiagnosticCheck[] {
  const { client, queueUrl, deadLetterUrl } = about
  const look = (QueueUrl: string, setting: string, says: (attributes: Attributes) => Finding[], signal: AbortSignal) =>
    asking(
      { action: 'sqs:GetQueueAttributes', what: `the queue ${nameOf(QueueUrl)}`, setting },
      () => client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }), { abortSignal: signal }),
      ({ Attributes = {} }) => [ok(`the queue ${nameOf(QueueUrl)} is there`), ...says(Attributes)],
    )
  return [
    {
      name: 'queue',
      run: (signal) =>
        look(queueUrl, 'INGEST_QUEUE_URL', (found) => [redrive(about, found), visibility(about, found)], signal),
    },
    {
      name: 'dead letter queue',
      run: (signal) => look(deadLetterUrl, 'DEAD_LETTER_QUEUE_URL', (found) => [waiting(about, found)], signal),
    },
  ]
}

function redrivePolicy({ RedrivePolicy }: Attributes): { target: string; receives: number } | undefined {
  if (!RedrivePolicy) return undefined
  const policy: { deadLetterTargetArn?: string; maxReceiveCount?: number | string } = JSON.parse(RedrivePolicy)
  return { target: nameOf(policy.deadLetterTargetArn ?? ''), receives: Number(policy.maxReceiveCount) }
}

function redrive({ queueUrl, deadLetterUrl, maxReceives }: QueuesToCheck, attributes: Attributes): Finding {
  const queue = nameOf(queueUrl)
  const wanted = nameOf(deadLetterUrl)
  const policy = redrivePolicy(attributes)
  const set = `Set the queue's redrive policy to ${wanted} with a maxReceiveCount of ${Math.min(1000, maxReceives * 5)} (node tools/provision.ts does).`
  if (!policy)
    return problem(`the queue ${queue} has no redrive policy: a message that ends workers comes back for ever`, set)
  if (policy.target !== wanted) {
    return problem(
      `the queue ${queue} sends its dead letters to ${policy.target}, DEAD_LETTER_QUEUE_URL names ${wanted}`,
      set,
    )
  }
  if (!(policy.receives > maxReceives)) {
    return problem(
      `the queue ${queue} gives messages up after ${policy.receives} deliveries, before the worker does (QUEUE_MAX_RECEIVES=${maxReceives}): they are dead letters without a reason`,
      set,
    )
  }
  return ok(`the queue ${queue} sends what ends workers to ${wanted} after ${policy.receives} deliveries`)
}

function visibility({ queueUrl, visibilityMs }: QueuesToCheck, { VisibilityTimeout }: Attributes): Finding {
  const [found, wanted] = [Number(VisibilityTimeout), Math.ceil(visibilityMs / 1000)]
  if (found >= wanted) return ok(`a message stays invisible for ${found} s`)
  return warning(
    `a message of the queue ${nameOf(queueUrl)} stays invisible for ${found} s, a lease may hold for ${wanted / 2} s`,
    `Set its VisibilityTimeout to ${wanted}, so that a lease always ends first.`,
  )
}

function waiting({ deadLetterUrl }: QueuesToCheck, attributes: Attributes): Finding {
  const count = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible']
    .map((name) => Number(attributes[name] ?? 0))
    .reduce((sum, one) => sum + one)
  if (count === 0) return ok('no dead letters are waiting')
  return warning(
    `${count} dead letters are waiting`,
    `Read why (aws sqs receive-message --queue-url ${deadLetterUrl} --message-attribute-names reason), mend that, then redrive or purge them.`,
  )
}
