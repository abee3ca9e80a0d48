import { test } from 'tap'
import { bareClaude, bedrock, collect, said, textOf, titanEmbed, titanText } from './client.ts'

const text = 'one two three four five'
const hour = 3_600_000

test('errors of the service reach the SDK under their names, and the retry-after header with them', async (t) => {
  const { fake, converse, stream, invoke } = await bedrock(t)
  const statuses = {
    ThrottlingException: 429,
    ModelNotReadyException: 429,
    InternalServerException: 500,
    ServiceUnavailableException: 503,
    ModelTimeoutException: 408,
    ModelErrorException: 424,
    AccessDeniedException: 403,
    ResourceNotFoundException: 404,
    ValidationException: 400,
    ServiceQuotaExceededException: 400,
  } as const
  for (const [name, httpStatusCode] of Object.entries(statuses)) {
    fake.control({ faults: [{ error: name as keyof typeof statuses, retryAfter: 7, message: 'As told.', times: 3 }] })
    const expected = { name, message: 'As told.', $metadata: { httpStatusCode } }
    for (const call of [converse('a'), stream('a'), invoke(titanEmbed, { inputText: 'a' })]) {
      const error: unknown = await call.then(
        () => undefined,
        (reason: unknown) => reason,
      )
      t.match(error, expected)
      t.match(error, { $response: { headers: { 'retry-after': '7' } } })
    }
    t.equal(fake.counters.byError[name], 3)
  }
})

test('a fault is taken so many times, by the operation and the model it is meant for', async (t) => {
  const { fake, converse, stream } = await bedrock(t)
  fake.control({
    faults: [
      { error: 'ThrottlingException', operation: 'Converse', model: bareClaude, times: 1 },
      { error: 'InternalServerException', operation: 'Converse', model: bareClaude, times: 1 },
    ],
  })
  t.ok(await converse('a', { modelId: titanText }))
  t.ok(await stream('a'))
  await t.rejects(converse('a'), { name: 'ThrottlingException' })
  await t.rejects(converse('a'), { name: 'InternalServerException' })
  t.ok(await converse('a'))
})

test("the SDK's standard retries are seen as requests of one call", async (t) => {
  const { fake, converse } = await bedrock(t, { maxAttempts: 3 })
  fake.control({ faults: [{ error: 'ServiceUnavailableException', times: 2 }] })
  t.equal((await converse('a')).$metadata.attempts, 3)
  t.same(
    fake.requests.map(({ attempt }) => attempt),
    ['attempt=1; max=3', 'attempt=2; max=3', 'attempt=3; max=3'],
  )
})

test('a cut in mid-stream reaches the client after what was said before it', async (t) => {
  const { fake, stream } = await bedrock(t)
  fake.control({ answers: [{ text }], faults: [{ midway: 'cut', after: 2, times: 1 }] })
  let heard = ''
  await t.rejects(
    (async () => {
      for await (const event of await stream('a')) heard += event.contentBlockDelta?.delta?.text ?? ''
    })(),
    { code: 'ECONNRESET' },
  )
  t.equal(heard, 'one two')
  await fake.until(({ cut }) => cut === 1)
  t.match(fake.counters, { cut: 1, aborted: 0, answered: 0, pieces: 2 })
})

test('exceptions in mid-stream reach the SDK under their names', async (t) => {
  const { fake, stream } = await bedrock(t)
  const names = {
    throttlingException: 'ThrottlingException',
    modelStreamErrorException: 'ModelStreamErrorException',
    internalServerException: 'InternalServerException',
    serviceUnavailableException: 'ServiceUnavailableException',
    validationException: 'ValidationException',
  } as const
  for (const [exception, name] of Object.entries(names)) {
    fake.control({ answers: [{ text }], faults: [{ exception: exception as keyof typeof names, times: 1 }] })
    let heard = ''
    await t.rejects(
      (async () => {
        for await (const event of await stream('a')) heard += event.contentBlockDelta?.delta?.text ?? ''
      })(),
      { name },
    )
    t.equal(heard, 'one')
  }
})

test('a damaged frame and bytes that are no frame are refused by the SDK', async (t) => {
  const { fake, stream } = await bedrock(t)
  fake.control({ faults: [{ midway: 'badCrc', times: 1 }] })
  await t.rejects(stream('a').then(collect), { message: /checksum/ })
  fake.control({ faults: [{ midway: 'garbage', times: 1 }] })
  await t.rejects(stream('a').then(collect), { message: /[Mm]essage/ })
  fake.control({ faults: [{ garbage: true, times: 1 }] })
  await t.rejects(stream('a').then(collect), { message: /[Mm]essage/ })
})

test('a stream may end without its last events, or without its usage', async (t) => {
  const { fake, stream } = await bedrock(t)
  fake.control({ answers: [{ text }], faults: [{ midway: 'end', after: 3, times: 1 }] })
  const events = await collect(await stream('a'))
  t.equal(textOf(events), 'one two three')
  t.notOk(events.some((event) => event.messageStop))
  fake.control({ faults: [{ withoutUsage: true, times: 1 }] })
  t.ok((await collect(await stream('a'))).at(-1)?.messageStop)
})

test('a held stream goes on after a release, and a stalled one only after a reset', async (t) => {
  const { fake, stream } = await bedrock(t)
  for (const midway of ['hold', 'stall'] as const) {
    fake.control({ answers: [{ text }], faults: [{ midway, after: 1, times: 1 }] })
    const events = collect(await stream('a'))
    await fake.until((counters) => (midway === 'hold' ? counters.held : counters.stalled) === 1)
    t.equal(fake.counters.pieces, midway === 'hold' ? 1 : 6)
    fake.release()
    if (midway === 'stall') {
      t.equal(fake.counters.stalled, 1)
      fake.reset()
    }
    t.equal(textOf(await events), text)
  }
  t.match(fake.counters, { held: 0, stalled: 0 })
})

test('a request is held before its first byte until a release', async (t) => {
  const { fake, converse } = await bedrock(t)
  fake.control({ faults: [{ hold: true, times: 2 }] })
  const both = Promise.all([converse('a'), converse('b')])
  await fake.until(({ held }) => held === 2)
  t.match(fake.counters, { inFlight: 2, maxInFlight: 2, atOnce: { Converse: 2 }, answered: 0 })
  fake.release()
  t.equal((await both).length, 2)
  await fake.until(({ inFlight }) => inFlight === 0)
})

test('a client that goes away is counted, wherever its answer was', async (t) => {
  const { fake, stream } = await bedrock(t)
  const faults = [{ midway: 'stall' }, { midway: 'hold' }, { paceMs: hour }, { delayMs: hour }, { hold: true }] as const
  for (const [at, fault] of faults.entries()) {
    fake.control({ answers: [{ text }], faults: [{ ...fault, times: 1 }] })
    const abort = new AbortController()
    const heard: string[] = []
    const listening = (async () => {
      for await (const event of await stream('a', {}, abort.signal)) {
        const piece = event.contentBlockDelta?.delta?.text
        if (piece === undefined) continue
        heard.push(piece)
        abort.abort()
      }
    })()
    await fake.until(({ requests }) => requests === at + 1)
    const early = 'delayMs' in fault || 'hold' in fault
    if (early) abort.abort()
    // Once its stream has begun, the SDK tells of an abort as of a broken connection.
    await t.rejects(listening, early ? { name: 'AbortError' } : { code: 'ECONNRESET' })
    await fake.until(({ aborted, inFlight, held }) => aborted === at + 1 && inFlight + held === 0)
    t.ok(heard.length <= 1)
  }
  t.match(fake.counters, { aborted: 5, answered: 0, cut: 0, held: 0, stalled: 0 })
})

test('answers that are no stream are cut, held, broken or of another shape too', async (t) => {
  const { fake, converse, invoke } = await bedrock(t)
  const embed = () => invoke(titanEmbed, { inputText: 'a' })
  for (const midway of ['cut', 'badCrc', 'garbage', 'end'] as const) {
    fake.control({ faults: [{ midway, times: 2 }] })
    await t.rejects(converse('a'), midway)
    await t.rejects(embed(), midway)
  }
  fake.control({
    faults: [
      { refuse: true, times: 1 },
      { garbage: true, times: 1 },
    ],
  })
  await t.rejects(embed())
  await t.rejects(embed(), SyntaxError)
  fake.control({
    faults: [
      { wrong: true, times: 1 },
      { dimensions: 3, times: 1 },
    ],
  })
  t.same(await embed(), { unexpected: true })
  t.match(await embed(), { embedding: { length: 3 } })
  fake.control({ faults: [{ midway: 'hold', times: 1 }] })
  const held = converse('Hello')
  await fake.until((counters) => counters.held === 1)
  fake.release()
  t.match(said(await held), /Hello/)
})
