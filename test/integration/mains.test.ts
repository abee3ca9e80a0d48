import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { test } from 'tap'
import { ask, textOf } from '../e2e/chat-events.ts'
import { eventually, serverAt, withKey } from '../e2e/server.ts'
import { region } from '../stack/endpoints.ts'
import { deploy } from './deployment.ts'

const lighthouse =
  '# Northcape\n\nThe lighthouse keeper of Northcape is called Astrid Lindqvist, and serves since 1987.\n'
const message = 'Who is the lighthouse keeper of Northcape?'

test('SIGTERM in the middle of 100 streams and of an ingestion ends both processes in order, and loses nothing', async (t) => {
  const { mains, server, bedrock, disagreements } = await deploy(t)
  const { body } = await server.upload('northcape.md', lighthouse)
  await server.settled(body.id, 'ready')
  const whole = (await server.call('POST', '/chat', { message })).body.answer

  await bedrock.control({ faults: [{ operation: 'ConverseStream', after: 2, midway: 'hold' }] })
  const streams = await Promise.all(
    Array.from({ length: 100 }, (_, at) => ask(server, { message, conversation_id: `many-${at}` })),
  )
  await bedrock.until(({ held }) => held === 100)
  const ends = streams.map(async (events) => {
    const said = await events.rest()
    return { text: textOf(said), last: said.at(-1)?.event }
  })

  await bedrock.control({ faults: [{ operation: 'InvokeModel', hold: true }] })
  const { body: late } = await server.upload('late.md', '# Late\n\nThis one is under way when the worker must go.\n')
  await bedrock.until(({ held }) => held > 100)
  const [worker] = mains.workers
  t.equal(await worker?.stop(), 0, 'the worker hands back what it holds')

  const stopping = mains.service.stop()
  const health = await eventually('/health to say 503', async () => {
    const answer = await server.call('GET', '/health')
    return answer.status === 200 ? undefined : answer
  })
  t.match(health.body, { code: 'shutting_down' })
  await bedrock.control({ release: true })
  const found = await Promise.all(ends)
  t.same(
    found.filter(({ text, last }) => text !== whole || last !== 'done'),
    [],
    'each stream is whole',
  )
  t.equal(await stopping, 0)

  await bedrock.reset()
  const [{ url }] = await Promise.all([mains.addService(), mains.addWorker()])
  const next = serverAt(url, {}, {})
  await next.settled(late.id, 'ready')
  t.equal((await next.call('POST', '/chat', { message })).body.answer, whole)
  t.equal(await disagreements(), 0)
})

test('another worker takes over what a dead one held, after its lease', async (t) => {
  const { mains, server, bedrock, disagreements } = await deploy(t)
  await bedrock.control({ faults: [{ operation: 'InvokeModel', hold: true }] })
  const names = ['a.md', 'b.md', 'c.md']
  const uploads = await Promise.all(names.map((name) => server.upload(name, `# ${name}\n\nThe words of ${name}.\n`)))
  await bedrock.until(({ held }) => held === names.length)
  const [dead] = mains.workers
  await dead?.stop('SIGKILL')
  await bedrock.reset()
  await mains.addWorker()
  for (const { body } of uploads) await server.settled(body.id, 'ready')
  t.equal(await disagreements(), 0)
})

test("one tenant's backlog of 10,000 does not stop another's upload", async (t) => {
  const { mains, settings } = await deploy(t, { AUTH: 'keys', EMBEDDER: 'none', CHAT_MODEL: 'extractive' })
  const open = serverAt(mains.url, {}, settings)
  const keyOf = async (tenant: string) => {
    const made = await open.kass('keys', 'create', '--name', tenant, '--tenant', tenant, '--json')
    t.equal(made.code, 0, made.stderr)
    return withKey(open, JSON.parse(made.stdout).key)
  }
  const [busy, other] = [await keyOf('busy'), await keyOf('other')]
  for (const worker of mains.workers) await worker.stop()

  // Straight into the bucket, as whoever has ten thousand documents would do it.
  const s3 = new S3Client({
    region,
    endpoint: settings.AWS_ENDPOINT_URL,
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  t.teardown(() => s3.destroy())
  const total = 10_000
  let next = 0
  const put = async () => {
    for (let i = next++; i < total; i = next++) {
      const Key = `t/busy/backlog/${i}.md`
      await s3.send(new PutObjectCommand({ Bucket: settings.DOCUMENTS_BUCKET, Key, Body: `# ${i}\n\nNote ${i}.\n` }))
    }
  }
  await Promise.all(Array.from({ length: 16 }, put))

  await mains.addWorker()
  const { body, status } = await other.upload('urgent.md', '# Urgent\n\nThe urgent note.\n')
  t.equal(status, 202)
  // What is promised is the order: however slow the machine is, it comes early.
  const isReady = async () => (await other.call('GET', `/documents/${body.id}`)).body.status === 'ready' || undefined
  await eventually('the urgent document to be ready', isReady, 6 * 90_000)
  let done = 0
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const page = await busy.call('GET', `/documents?limit=200&status=ready${cursor && `&cursor=${cursor}`}`)
    done += page.body.items.length
    cursor = page.body.cursor && encodeURIComponent(page.body.cursor)
  }
  t.comment(`${done} of ${total} of the backlog were ready by then`)
  t.ok(done < total / 10, `${done} of ${total} of the backlog came before it`)
})
