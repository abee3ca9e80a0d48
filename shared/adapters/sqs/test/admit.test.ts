import { test } from 'tap'
import { admit } from '../admit.ts'
import { letterFor, receivedOf } from '../letters.ts'

const now = 1_700_000_000_000
const job = { kind: 'reconcile', tenant: 'acme', path: 'a.md' } as const

/** What SQS hands out of something that was sent. */
function delivered(letter: ReturnType<typeof letterFor>, count = 1) {
  return receivedOf({
    ReceiptHandle: 'r',
    Body: letter.body,
    Attributes: { ApproximateReceiveCount: String(count), SentTimestamp: String(now - 5000) },
    MessageAttributes: letter.attributes,
  })
}

test('a first message has no trail: it was received once, and is due since it was sent', async (t) => {
  t.match(admit(delivered(letterFor(job, 0)), 3, now), {
    delivery: { job, tenant: 'acme', receives: 1, lost: 1, dueAt: now - 5000 },
  })
})

test('copies carry on what the message has behind it', async (t) => {
  const letter = letterFor(job, 2000, { receives: 7, lost: 1, dueAt: now })
  t.equal(letter.delaySeconds, 2)
  t.match(admit(delivered(letter, 2), 4, now), { delivery: { receives: 9, lost: 3, dueAt: now } })
})

test('a wait that is longer than SQS can keep a message back is repeated, without counting', async (t) => {
  const letter = letterFor(job, 3_600_000, { receives: 1, lost: 0, dueAt: now + 3_600_000 })
  t.equal(letter.delaySeconds, 900)
  const admission = admit(delivered(letter), 3, now + 900_000)
  t.match(admission, {
    exchange: {
      copies: [
        {
          delaySeconds: 900,
          group: 'acme',
          attributes: {
            receives: { StringValue: '1' },
            lost: { StringValue: '0' },
            due: { StringValue: `${now + 3_600_000}` },
          },
        },
      ],
    },
  })
  t.match(admit(delivered(letter), 3, now + 3_600_000), { delivery: { receives: 2, lost: 1 } })
})

test('a message that was lost too often is a dead letter, with its body', async (t) => {
  t.match(admit(delivered(letterFor(job, 0), 3), 3, now), { delivery: { lost: 3 } })
  t.match(admit(delivered(letterFor(job, 0), 4), 3, now), {
    exchange: { copies: [], dead: { body: JSON.stringify(job), reason: /^3 deliveries ended without an outcome/ } },
  })
})

test('an event of several objects becomes a message for each', async (t) => {
  const Records = ['t/acme/a.md', 'b.md', 't/X/c.md'].map((key) => ({ s3: { object: { key } } }))
  const body = JSON.stringify({ Records })
  t.match(admit({ ...delivered(letterFor(job, 0)), body }, 3, now), {
    exchange: { copies: [{ group: 'acme' }, { group: 'default' }], dead: { body, reason: /t\/X\/c\.md/ } },
  })
})

test('attributes that are no numbers do not count', async (t) => {
  const letter = letterFor(job, 0)
  for (const text of ['', 'x', '-1', 'Infinity']) {
    const attributes = {
      receives: { DataType: 'String', StringValue: text },
      due: { DataType: 'String', StringValue: text },
    }
    t.match(delivered({ ...letter, attributes }), { receives: 1, lost: 1, dueAt: now - 5000 })
  }
})
