import { createHash, randomUUID } from 'node:crypto'

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

export interface Input extends Entry {
  QueueUrl: string
  Entries: Entry[]
  MaxNumberOfMessages: number
  WaitTimeSeconds: number
}

export const fakeUrls = { queueUrl: 'https://fake/ingest', deadLetterUrl: 'https://fake/dead' }

const md5 = (text: string) => createHash('md5').update(text).digest('hex')

export interface FakeOptions {
  clock: () => number
  /** What is handed out comes from so many of the first messages, at random. */
  window: number
  random: () => number
}

/** The queues of the fake, and what each action does to them. */
export function createFakeQueues({ clock, window, random }: FakeOptions) {
  const queues = new Map(Object.values(fakeUrls).map((url) => [url, [] as Stored[]]))
  const failing = new Map<string, number>()
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

  /** As if somebody had sent it. */
  const put = (text: string) => add(fakeUrls.queueUrl, text)
  return { answer, put, stored, failing }
}
