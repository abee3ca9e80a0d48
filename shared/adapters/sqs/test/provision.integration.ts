import { GetQueueAttributesCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import { test } from 'tap'
import { createQueues } from '../provision.ts'
import { awsOptions, connect, openQueues, sendRaw, untilDead } from './open.ts'

test('queues can be provisioned again, with other limits, without harm to what is in them', async (t) => {
  const queues = await openQueues(t, { visibilityMs: 3000, maxReceives: 4 })
  await connect(t, queues).send({ kind: 'sweep' })
  const name = (url: string) => url.slice(url.lastIndexOf('/') + 1)
  const names = { ingest: name(queues.ingestUrl), deadLetter: name(queues.deadLetterUrl) }
  const { client, ...urls } = queues
  t.same(await createQueues(awsOptions(), names, { visibilityMs: 5000, maxReceives: 6 }), urls)
  const asked = new GetQueueAttributesCommand({ QueueUrl: queues.ingestUrl, AttributeNames: ['All'] })
  const { Attributes = {} } = await client.send(asked)
  t.match(Attributes, { VisibilityTimeout: '5', ApproximateNumberOfMessages: '1', SqsManagedSseEnabled: 'true' })
  t.equal(JSON.parse(Attributes.RedrivePolicy ?? '').maxReceiveCount, 30)
  const { Statement } = JSON.parse(Attributes.Policy ?? '')
  t.same(
    Statement.map((each: { Principal: unknown; Action: unknown }) => [each.Principal, each.Action]),
    [
      [{ Service: 's3.amazonaws.com' }, 'sqs:SendMessage'],
      [{ Service: 'events.amazonaws.com' }, 'sqs:SendMessage'],
    ],
    'only these two services may send',
  )
})

test('a message that ends every worker that reads it is moved by the queue itself, and says so', async (t) => {
  const queues = await openQueues(t, { visibilityMs: 1000, maxReceives: 1 })
  const queue = connect(t, queues)
  await sendRaw(queues.client, queues.ingestUrl, 'poison')
  for (let lost = 0; lost < 5; lost++) {
    const take = new ReceiveMessageCommand({ QueueUrl: queues.ingestUrl, VisibilityTimeout: 0, WaitTimeSeconds: 1 })
    t.equal((await queues.client.send(take)).Messages?.length, 1)
  }
  const look = new ReceiveMessageCommand({ QueueUrl: queues.ingestUrl, WaitTimeSeconds: 1 })
  t.equal((await queues.client.send(look)).Messages, undefined)
  t.match(await untilDead(queue, 1), [{ body: 'poison', reason: /handed it out too often/ }])
  t.match(await untilDead(queue, 1), [{ body: 'poison' }], 'reading it leaves it there')
})
