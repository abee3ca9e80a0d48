import { createHash, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { SQSClient } from '@aws-sdk/client-sqs'
import type { HttpRequest } from '@smithy/types'
import type { Job } from '../../../documents/job.ts'
import { createTestClock } from '../../../test/contracts/support.ts'

interface Stored {
  id: string
  body: string
  attributes: Record<string, unknown>
  sentAt: number
  visibleAt: number
  receives: number
  receipt: string
}

interface Entry {
  Id: string
  MessageBody: string
  DelaySeconds?: number
  MessageAttributes?: Record<string, unknown>
  ReceiptHandle: string
  VisibilityTimeout: number
}

interface Input extends Entry {
  QueueUrl: string
  Entries: Entry[]
  MaxNumberOfMessages: number
  WaitTimeSeconds: number
}

export const fakeUrls = { queueUrl: 'https://fake/ingest', deadLetterUrl: 'https://fake/dead' }

/** What a request for messages takes. */
const receiveMs = 5

const md5 = (text: string) => createHash('md5').update(text).digest('hex')

/**
 * SQS in memory, behind the real client, by a clock of its own: able to fail, and fast with thousands of messages. Like a standard
 * queue it keeps the order of sending only roughly: what it hands out comes from the first `window` messages.
 */
export function createFakeSqs({ clock = createTestClock(), window = 10, random = Math.random } = {}) {
  const queues = new Map(Object.values(fakeUrls).map((url) => [url, [] as Stored[]]))
  const calls = new Map<string, number>()
  const failing = new Map<string, number>()
  /** Calls that are neither answered nor waiting for messages. */
  let underWay = 0
  const stored = (url: string) => queues.get(url) ?? []

  function add(url: string, body: string, DelaySeconds = 0, attributes: Stored['attributes'] = {}) {
    const sentAt = clock()
    const id = randomUUID()
    stored(url).push({
      id,
      body,
      attributes,
      sentAt,
      visibleAt: sentAt + DelaySeconds * 1000,
      receives: 0,
      receipt: '',
    })
    return { MessageId: id, MD5OfMessageBody: md5(body) }
  }

  function receive({ QueueUrl, MaxNumberOfMessages, VisibilityTimeout }: Input) {
    const now = clock()
    const candidates: Stored[] = []
    for (const message of stored(QueueUrl)) {
      if (message.visibleAt <= now) candidates.push(message)
      if (candidates.length >= Math.max(window, MaxNumberOfMessages)) break
    }
    while (candidates.length > MaxNumberOfMessages) candidates.splice(Math.floor(random() * candidates.length), 1)
    const Messages = candidates.map((message) => {
      message.visibleAt = now + VisibilityTimeout * 1000
      message.receipt = randomUUID()
      message.receives++
      return {
        MessageId: message.id,
        ReceiptHandle: message.receipt,
        Body: message.body,
        MD5OfBody: md5(message.body),
        Attributes: { ApproximateReceiveCount: String(message.receives), SentTimestamp: String(message.sentAt) },
        MessageAttributes: message.attributes,
      }
    })
    return Messages.length > 0 ? { Messages } : {}
  }

  function change(url: string, { ReceiptHandle, VisibilityTimeout }: Entry): boolean {
    const message = stored(url).find(({ receipt }) => receipt === ReceiptHandle)
    if (message) message.visibleAt = clock() + VisibilityTimeout * 1000
    return message !== undefined
  }

  function remove(url: string, { ReceiptHandle }: Entry): boolean {
    const place = stored(url).findIndex(({ receipt }) => receipt === ReceiptHandle)
    if (place >= 0) stored(url).splice(place, 1)
    return place >= 0
  }

  /** Answers an action for each entry of a batch; one in so many of them fails when that was asked for. */
  function each(action: string, { Entries }: Input, work: (entry: Entry) => object | boolean) {
    const Failed: object[] = []
    const Successful: object[] = []
    for (const entry of Entries) {
      const done = random() < (failing.get(action) ?? 0) ? false : work(entry)
      if (done) Successful.push({ Id: entry.Id, ...(typeof done === 'object' && done) })
      else Failed.push({ Id: entry.Id, Code: 'InternalError', Message: 'it failed', SenderFault: false })
    }
    return { Successful, Failed }
  }

  function attributes(url: string) {
    const now = clock()
    const waiting = stored(url).filter(({ visibleAt }) => visibleAt <= now).length
    const delayed = stored(url).filter(({ visibleAt, receives }) => visibleAt > now && receives === 0).length
    return {
      ApproximateNumberOfMessages: String(waiting),
      ApproximateNumberOfMessagesDelayed: String(delayed),
      ApproximateNumberOfMessagesNotVisible: String(stored(url).length - waiting - delayed),
    }
  }

  function answer(action: string, input: Input): object {
    const url = input.QueueUrl
    switch (action) {
      case 'SendMessage':
        return add(url, input.MessageBody, input.DelaySeconds, input.MessageAttributes)
      case 'SendMessageBatch':
        return each(action, input, ({ MessageBody, DelaySeconds, MessageAttributes }) =>
          add(url, MessageBody, DelaySeconds, MessageAttributes),
        )
      case 'ReceiveMessage':
        return receive(input)
      case 'ChangeMessageVisibility':
        return { done: change(url, input) }
      case 'ChangeMessageVisibilityBatch':
        return each(action, input, (entry) => change(url, entry))
      case 'DeleteMessage':
        return { done: remove(url, input) }
      case 'DeleteMessageBatch':
        return each(action, input, (entry) => remove(url, entry))
      case 'GetQueueAttributes':
        return { Attributes: attributes(url) }
      default:
        throw new Error(`the fake does not know ${action}`)
    }
  }

  /** Asking for messages takes its time, and a long poll lasts until there are some. */
  async function poll({ QueueUrl, WaitTimeSeconds }: Input, abort: AbortSignal | undefined): Promise<void> {
    clock.advance(receiveMs)
    const end = clock() + WaitTimeSeconds * 1000
    const found = () => stored(QueueUrl).some(({ visibleAt }) => visibleAt <= clock())
    underWay--
    try {
      while (clock() < end && !found()) {
        abort?.throwIfAborted()
        await turn()
      }
    } finally {
      underWay++
    }
  }

  const client = new SQSClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    md5: false,
    useQueueUrlAsEndpoint: false,
    requestHandler: {
      async handle({ headers, body }: HttpRequest, { abortSignal }: { abortSignal?: AbortSignal } = {}) {
        const action = headers['x-amz-target']?.split('.')[1] ?? ''
        calls.set(action, (calls.get(action) ?? 0) + 1)
        const input = JSON.parse(new TextDecoder().decode(body))
        if (action === 'ReceiveMessage') await poll(input, abortSignal)
        const payload = Buffer.from(JSON.stringify(answer(action, input)))
        const headersOut = { 'content-type': 'application/x-amz-json-1.0' }
        return { response: { statusCode: 200, headers: headersOut, body: Readable.from([payload]) } }
      },
    },
  })
  client.middlewareStack.add(
    (next) => (args) => {
      underWay++
      return next(args).finally(() => underWay--)
    },
    { step: 'initialize', priority: 'high' },
  )
  /** As if somebody had sent it. */
  const put = (job: Job) => add(fakeUrls.queueUrl, JSON.stringify(job))
  return {
    client,
    clock,
    put,
    calls,
    failing,
    stored,
    underWay: () => underWay,
    total: () => [...calls.values()].reduce((sum, each) => sum + each, 0),
  }
}
