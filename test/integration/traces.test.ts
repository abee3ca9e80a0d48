import { writeFileSync } from 'node:fs'
import { test } from 'tap'
import { orphans, startCollector, traceTree } from '../stack/otlp-collector.ts'
import {
  attributesOf,
  beginTrace,
  handbook,
  privateWords,
  question,
  requireTrace,
  servicesOf,
  tracedBy,
} from '../stack/traced.ts'
import { deploy } from './deployment.ts'

test('on AWS one upload and one chat are one trace each: found again by the document behind the bucket event', async (t) => {
  const collector = await startCollector()
  t.teardown(() => collector.close())
  const { mains, server } = await deploy(t, { ...tracedBy(collector), METRICS: 'otlp', METRICS_EVERY_MS: '500' })

  const upload = beginTrace()
  const form = new FormData()
  form.append('file', new Blob([handbook]), 'northcape.md')
  const uploaded = await fetch(`${mains.url}/documents`, { method: 'POST', body: form, headers: upload.headers })
  const { id } = (await uploaded.json()) as { id: string }
  await server.settled(id, 'ready')
  const chat = beginTrace()
  const answered = await fetch(`${mains.url}/chat`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...chat.headers },
    body: JSON.stringify({ message: question }),
  })
  t.equal(answered.status, 200, await answered.text())
  await mains.stop()

  const ingestion = requireTrace(t, collector, upload, 'POST /documents')
  t.same(servicesOf(ingestion, 'process reconcile'), ['kass-worker'])
  t.same(servicesOf(ingestion, 'S3.PutObject'), ['kass-api'])
  t.same(servicesOf(ingestion, 'opensearch _bulk'), ['kass-worker'])
  t.match(attributesOf(ingestion, /^embeddings bedrock:/), {
    'gen_ai.operation.name': 'embeddings',
    'gen_ai.provider.name': 'aws.bedrock',
  })
  t.match(attributesOf(ingestion, /^DynamoDB\./), { 'db.system.name': 'aws.dynamodb', 'db.collection.name': String })
  const answering = requireTrace(t, collector, chat, 'POST /chat')
  t.match(attributesOf(answering, /^chat /), {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'aws.bedrock',
    'gen_ai.usage.input_tokens': Number,
    'gen_ai.usage.output_tokens': Number,
  })
  t.match(attributesOf(answering, /^opensearch /), { 'db.system.name': 'opensearch' })
  t.same(orphans(collector.spans, [upload.spanId, chat.spanId]), [])
  t.notMatch(collector.text(), privateWords)
  for (const name of [
    'kass.http.requests',
    'kass.queue.oldest_age',
    'kass.upstream.breaker.state',
    'kass.model.tokens',
  ])
    t.ok(collector.metrics.has(name), name)

  const picture = process.env.KASS_TEST_TRACE_PICTURE
  if (picture) writeFileSync(picture, `${traceTree(ingestion)}\n\n${traceTree(answering)}\n`)
})
