import { test } from 'tap'
import { serverAt } from '../../test/e2e/server.ts'
import { orphans, startCollector } from '../../test/stack/otlp-collector.ts'
import {
  attributesOf,
  beginTrace,
  handbook,
  privateWords,
  question,
  requireTrace,
  servicesOf,
  tracedBy,
} from '../../test/stack/traced.ts'
import { startTwoMains } from '../../test/stack/two-mains.ts'

test('one upload and one chat are one trace each, through both processes, and say nothing private', async (t) => {
  const collector = await startCollector()
  t.teardown(() => collector.close())
  const mains = await startTwoMains({ ...tracedBy(collector), OTEL_EXPORTER_OTLP_HEADERS: 'x-team=kass' })
  t.teardown(() => mains.stop())
  const server = serverAt(mains.url, {}, mains.settings)

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
  t.match(await answered.text(), /Lindqvist/)
  await fetch(`${mains.url}/health`)
  await mains.stop()

  const ingestion = requireTrace(t, collector, upload, 'POST /documents')
  t.same(servicesOf(ingestion, 'process reconcile'), ['kass-worker'])
  t.same(servicesOf(ingestion, 'index put'), ['kass-worker'])
  t.match(attributesOf(ingestion, 'send reconcile'), {
    'messaging.system': 'kass_sqlite',
    'messaging.operation.type': 'send',
  })
  t.match(attributesOf(ingestion, 'POST /documents'), {
    'http.route': '/documents',
    'http.request.method': 'POST',
    'http.response.status_code': 202,
  })
  const answering = requireTrace(t, collector, chat, 'POST /chat')
  t.same(servicesOf(answering, 'search index'), ['kass-api'])
  t.match(attributesOf(answering, 'chat extractive'), {
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'extractive',
    'gen_ai.response.finish_reasons': 'end',
  })
  t.same(orphans(collector.spans, [upload.spanId, chat.spanId]), [])
  t.equal(collector.headers()['x-team'], 'kass')
  t.notMatch(collector.text(), privateWords)
  t.notMatch(collector.text(), '/health', 'what machines ask every few seconds has no traces')
})

test('of traces that are not recorded nothing is sent, and the log of both processes knows them', async (t) => {
  const collector = await startCollector()
  t.teardown(() => collector.close())
  const mains = await startTwoMains({ ...tracedBy(collector), TRACES_RATIO: '0', LOG_LEVEL: 'info' })
  t.teardown(() => mains.stop())
  const server = serverAt(mains.url, {}, mains.settings)
  const { traceId, headers } = beginTrace()
  const form = new FormData()
  form.append('file', new Blob([handbook]), 'northcape.md')
  const sent = { traceparent: headers.traceparent.replace(/01$/, '00') }
  const uploaded = await fetch(`${mains.url}/documents`, { method: 'POST', body: form, headers: sent })
  await server.settled(((await uploaded.json()) as { id: string }).id, 'ready')
  await mains.stop()
  t.same(collector.spans, [])
  const lines = (text: string) => text.split('\n').filter((line) => line.includes(`"traceId":"${traceId}"`))
  t.ok(lines(mains.service.output()).some((line) => line.includes('"message":"request"')))
  t.ok(lines(mains.workers[0]?.output() ?? '').some((line) => line.includes('"message":"job"')))
})
