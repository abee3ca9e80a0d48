import { test } from 'tap'
import { isProblem, undisturbed } from './bystander.ts'
import { retryAfter, startWithKeys, wait } from './flood.ts'
import { type Answer, eventually } from './server.ts'

interface Timed {
  answer: Answer
  sent: number
  received: number
}

test('10,000 requests of 64 clients under a low limit are each answered or told truly when to come back', async (t) => {
  const perMinute = 1000
  const { server, flooder, caller } = await startWithKeys(t, { RATE_PER_MINUTE: String(perMinute), RATE_BURST: '600' })
  const send = async (): Promise<Timed> => {
    const sent = Date.now()
    const answer = await flooder.call('POST', '/search', { query: 'anything' })
    return { answer, sent, received: Date.now() }
  }
  const timed: Timed[] = []
  await undisturbed(
    t,
    server,
    async () => {
      let left = 10_000
      const client = async () => {
        while (left-- > 0) timed.push(await send())
      }
      await Promise.all(Array.from({ length: 64 }, client))
    },
    { caller },
  )
  t.equal(timed.length, 10_000)

  const served = () => timed.filter(({ answer }) => answer.status === 200)
  const refused = timed.filter(({ answer }) => answer.status !== 200)
  const wrong = refused.filter(({ answer }) => answer.status !== 429 || answer.body.code !== 'rate_limited')
  t.strictSame(wrong.slice(0, 3), [])
  t.ok(refused.every(({ answer }) => retryAfter(answer) >= 1 && retryAfter(answer) === answer.body.retry_after))
  if (refused[0]) isProblem(t, refused[0].answer, 429, 'rate_limited')

  // Who waits as told after a burst gets through, until the minute's share is used up.
  await eventually("the end of the minute's share", async () => {
    const next = await send()
    timed.push(next)
    if (next.answer.status === 200) return undefined
    if (retryAfter(next.answer) > 1) return next
    await wait(1000)
    return undefined
  })
  // On a slow machine the flood goes on into a next minute, which has a share of its own.
  const inOrder = served().sort((a, b) => a.received - b.received)
  const minutes = Math.ceil(inOrder.length / perMinute)
  const firstSent = Math.min(...timed.map(({ sent }) => sent))
  const took = Math.max(...timed.map(({ received }) => received)) - firstSent
  t.ok(minutes <= 1 + Math.floor(took / 60_000), `${minutes} shares in ${took} ms`)
  t.equal(inOrder.length, minutes * perMinute)

  // The last minute began before the answer of its first request, and not before the earlier ones were over.
  const begins = {
    from: firstSent + (minutes - 1) * 60_000,
    to: inOrder[(minutes - 1) * perMinute]?.received ?? 0,
  }
  const lastServed = Math.max(...served().map(({ received }) => received))
  const late = timed.filter(({ sent }) => sent > lastServed)
  const untrue = late.filter(({ answer, sent, received }) => {
    const ms = 1000 * retryAfter(answer)
    return received + ms < begins.from + 59_990 || sent + ms > begins.to + 61_010
  })
  t.ok(late.length > 0)
  t.strictSame(
    untrue.slice(0, 3).map(({ answer, sent }) => [sent - begins.from, retryAfter(answer)]),
    [],
  )
  const { received, answer } = late.at(-1) ?? { received: 0, answer: { headers: new Headers() } }
  const freeAt = received + 1000 * Number(answer.headers.get('retry-after'))
  t.comment(`${served().length} of ${timed.length} served, free again in ${Math.round((freeAt - Date.now()) / 1000)} s`)
  await wait(freeAt - Date.now())
  t.equal((await send()).answer.status, 200, 'the time that was told was true')
})
