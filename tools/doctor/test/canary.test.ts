import { Readable } from 'node:stream'
import { test } from 'tap'
import { canary } from '../canary.ts'
import { doctor, faultsOf, portsOf, startedFolder, work } from './open.ts'

test('in a sound installation nothing is found, and nothing is left behind, however often', async (t) => {
  const env = await startedFolder(t)
  await work(t, env)
  const ports = await portsOf(t, env)
  for (let times = 0; times < 2; times++) {
    const report = await doctor(env)
    t.strictSame(faultsOf(report), [])
    t.equal(report.ok, true)
    t.match(
      report.checks.map(({ check }) => check),
      ['configuration', 'disk', 'database', 'dead letters', 'index', 'chat model', 'clock', 'canary'],
    )
    t.strictSame(await ports.objects.revisions(canary), [])
    t.strictSame((await ports.documents.list(canary.tenant, { limit: 10 })).items, [])
    t.strictSame(await ports.documents.counts('default'), {})
  }
  t.equal(await ports.documents.lease('doctor', 'another', 1000), true, 'the lease is free again')
})

test('a worker that is not running is found, and the canary is removed all the same', async (t) => {
  const env = await startedFolder(t)
  const report = await doctor(env, { canaryMs: 100 })
  t.equal(report.ok, false)
  t.match(faultsOf(report, 'canary'), [/^problem canary: no worker took the canary .* -> Start a worker/])
  t.strictSame(faultsOf(report), faultsOf(report, 'canary'), 'nothing else is blamed')
  const ports = await portsOf(t, env)
  t.strictSame(await ports.objects.revisions(canary), [])
})

test('a doctor that is interrupted takes its canary with it', async (t) => {
  const env = await startedFolder(t)
  const ports = await portsOf(t, env)
  const stop = new AbortController()
  const done = doctor(env, { canaryMs: 60_000, stop: stop.signal })
  // No worker runs, so it stays until the doctor removes it.
  while (!(await ports.objects.head(canary))) await new Promise((resolve) => setImmediate(resolve))
  stop.abort()
  await done
  t.strictSame(await ports.objects.revisions(canary), [])
  t.equal(await ports.documents.lease('doctor', 'another', 1000), true)
})

test('what a killed doctor left is removed by the next one', async (t) => {
  const env = await startedFolder(t)
  const ports = await portsOf(t, env)
  const staged = await ports.objects.stage(Readable.from(['An old canary.']), { maxBytes: 100 })
  await staged.commit(canary, { contentType: 'text/plain' })
  await work(t, env)
  t.equal((await doctor(env)).ok, true)
  t.strictSame(await ports.objects.revisions(canary), [])
})

test('while another doctor is at work no second canary is sent', async (t) => {
  const env = await startedFolder(t)
  const ports = await portsOf(t, env)
  await ports.documents.lease('doctor', 'another', 60_000)
  t.match(faultsOf(await doctor(env)), [/^warning canary: no canary was sent: another doctor is at work/])
  t.equal(await ports.objects.head(canary), undefined)
})

test('a canary that cannot be processed says why', async (t) => {
  const env = await startedFolder(t, {
    EMBEDDER: 'openai-compatible',
    OPENAI_URL: 'http://127.0.0.1:9/v1',
    OPENAI_EMBEDDING_MODEL: 'bge-m3',
  })
  await work(t, env)
  const faults = faultsOf(await doctor(env))
  t.match(
    faults.find((one) => one.includes(' canary: ')),
    /could not be processed \(model_unavailable\)/,
  )
  t.match(
    faults.find((one) => one.includes(' embedder: ')),
    /Is the model's server up, and its address right/,
  )
})
