import { test } from 'tap'
import { isProblem, undisturbed } from './bystander.ts'
import { formBegin, headOf, multipart, startWithKeys } from './flood.ts'
import { answerOn, open, readAll } from './raw.ts'

test('requests that never come to their end are ended, and others are served meanwhile', async (t) => {
  const timeoutMs = 2000
  const { server, flooder, caller } = await startWithKeys(t, { REQUEST_TIMEOUT_MS: String(timeoutMs) })
  const host = new URL(server.url).host
  const begun: [kind: string, text: string][] = [
    ['a head', `POST /chat HTTP/1.1\r\nHost: ${host}\r\nx-slow: `],
    ['a question', `${headOf(flooder, '/chat', 'application/json', 'content-length: 1000')}{"message": "`],
    ['an upload', headOf(flooder, '/documents', multipart, 'content-length: 1000') + formBegin('slow.md')],
    [
      'an upload of no stated length',
      `${headOf(flooder, '/documents', multipart, 'transfer-encoding: chunked')}3e8\r\n--XXX`,
    ],
    ['a search without a key', `${headOf(server, '/search', 'application/json', 'content-length: 1000')}{`],
  ]
  await undisturbed(
    t,
    server,
    async () => {
      const slow = begun.flatMap(([kind, text]) => Array.from({ length: 40 }, () => ({ kind, text })))
      const ended = slow.map(async ({ kind, text }) => {
        const socket = open(server)
        const began = Date.now()
        socket.write(text)
        const trickle = setInterval(() => socket.write('x'), 200)
        try {
          const answer = await answerOn(socket)
          return { kind, answer, ms: Date.now() - began }
        } finally {
          clearInterval(trickle)
          socket.destroy()
        }
      })
      const answers = await Promise.all(ended)
      for (const { kind, answer, ms } of answers) {
        if (kind === 'a search without a key')
          isProblem(t, answer, answer.status, answer.status === 429 ? 'rate_limited' : 'unauthorized')
        else if (answer.status === 503) isProblem(t, answer, 503, 'overloaded')
        else {
          isProblem(t, answer, 408, 'request_timeout')
          t.ok(ms > timeoutMs - 100, `${kind} had its time: ${ms} ms`)
        }
      }
      t.ok(answers.some(({ kind, answer }) => kind === 'an upload' && answer.status === 408))
    },
    { caller },
  )
})

test('a request that was refused before its body came gets no second answer, whatever follows', async (t) => {
  const { server } = await startWithKeys(t, { REQUEST_TIMEOUT_MS: '1000' })
  const refused = (length: string) => headOf(server, '/search', 'application/json', length)
  const followed: [what: string, head: string, rest: string][] = [
    ['nothing', `${refused('content-length: 1000')}{`, ''],
    ['no chunk', `${refused('transfer-encoding: chunked')}1\r\n{\r\n`, 'no chunk\r\n'],
  ]
  for (const [what, head, rest] of followed) {
    await t.test(what, async (t) => {
      const socket = open(server)
      const everything = readAll(socket)
      socket.write(head)
      isProblem(t, await answerOn(socket), 401, 'unauthorized')
      socket.write(rest)
      const answers = (await everything).match(/HTTP\/1\.1 \d+/g)
      t.strictSame(answers, ['HTTP/1.1 401'])
    })
  }
})
