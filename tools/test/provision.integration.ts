import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { GetBucketNotificationConfigurationCommand, GetBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3'
import { type Test, test } from 'tap'
import { loadConfig } from '../../shared/config.ts'
import { createLogger } from '../../shared/logger.ts'
import { wire } from '../../shared/wire.ts'
import { endpoints, region } from '../../test/stack/endpoints.ts'
import { freshResources } from '../../test/stack/resources.ts'
import { provision } from '../provision.ts'
import { removeResources } from './compose/remove-resources.ts'

const logger = createLogger({ level: 'silent', name: 'test' })
const script = join(import.meta.dirname, '../provision.ts')

/** A configuration of its own names; what is made by them is removed at the end. */
function prepare(t: Test): Record<string, string> {
  const env = { ...freshResources(), LOG_LEVEL: 'silent' }
  t.teardown(() => removeResources(loadConfig(env)))
  return env
}

test('what was provisioned can be used: an upload becomes a job, twice over', async (t) => {
  const config = loadConfig(prepare(t))
  const first = await provision(config, { logger })
  t.same(await provision(config, { logger }), first, 'once more changes nothing')
  const { ports, close } = await wire({ ...config, INGEST_QUEUE_URL: first.ingestUrl }, { logger, role: 'worker' })
  const stop = new AbortController()
  t.teardown(close)
  const consumed = ports.queue.consume(
    async (job) => {
      if (job.kind === 'reconcile') {
        t.equal(job.path, 'a b/ü.txt')
        stop.abort()
      }
      return { done: true }
    },
    { concurrency: 1, signal: stop.signal },
  )
  const s3 = new S3Client({ region, endpoint: endpoints.aws, forcePathStyle: true })
  const { Status } = await s3.send(new GetBucketVersioningCommand({ Bucket: config.DOCUMENTS_BUCKET }))
  t.equal(Status, 'Enabled')
  const told = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket: config.DOCUMENTS_BUCKET }))
  t.equal(told.QueueConfigurations?.length, 1)
  s3.destroy()
  const id = { tenant: 'default', path: 'a b/ü.txt' }
  const staged = await ports.objects.stage(Readable.from(['hello']), { maxBytes: 100 })
  const { revision } = await staged.commit(id, { contentType: 'text/plain' })
  await consumed
  await ports.objects.remove(id, revision)
  t.ok((await fetch(`${endpoints.opensearch}/${config.OPENSEARCH_INDEX}`)).ok)
})

test('the command prints a development key once, and it is a good one', async (t) => {
  const env = prepare(t)
  const file = join(t.testdir(), 'key')
  const run = () =>
    new Promise<string>((resolve, reject) =>
      execFile(
        process.execPath,
        [script, '--key-file', file],
        { env: { PATH: process.env.PATH, ...env } },
        (error, out) => (error ? reject(error) : resolve(out)),
      ),
    )
  const first = await run()
  const key = readFileSync(file, 'utf8').trim()
  t.match(first, key)
  const second = await run()
  t.notMatch(second, key)
  t.match(second, file)
  const { ports, close } = await wire(loadConfig(env), { logger, role: 'tool' })
  t.teardown(close)
  t.match(await ports.access.keys(), [{ name: 'development', tenant: 'default' }])
})
