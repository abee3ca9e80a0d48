import { Client } from '@opensearch-project/opensearch'
import { AwsSigv4Signer } from '@opensearch-project/opensearch/aws'
import { test } from 'tap'
import { collection, control, knnIndex, statusOf } from './collection.ts'

test('ids of the client, updates and refreshes are refused as the service refuses them', async (t) => {
  const { create, bulk, client, index, raw } = await collection(t)
  await create()
  const { errors, items } = await bulk({ index: { _id: 'mine' } }, { text: 'apple' }, { index: {} }, { text: 'pear' })
  t.equal(errors, true)
  t.match(items[0].index, {
    status: 400,
    error: {
      type: 'illegal_argument_exception',
      reason: 'Document ID is not supported in create/index operation request',
    },
  })
  t.equal(items[1].index.status, 201)
  const upsert = await bulk({ update: { _id: 'mine' } }, { doc: { text: 'apple' }, doc_as_upsert: true })
  t.equal(upsert.items[0].update.status, 400)
  const document = { text: 'apple' }
  t.equal(await statusOf(client.index({ index, id: 'mine', body: document })), 400)
  t.equal(await statusOf(client.create({ index, id: 'mine', body: document })), 400)
  t.equal(await statusOf(client.update({ index, id: 'mine', body: { doc: document, doc_as_upsert: true } })), 400)
  t.equal(await statusOf(raw('POST', `/${index}/_doc/mine`, document)), 404)
  t.equal(await statusOf(client.indices.refresh({ index })), 404)
  t.equal(await statusOf(client.index({ index, body: document, refresh: true })), 400)
  t.equal(await statusOf(raw('POST', `/${index}/_bulk?refresh=wait_for`, '{"index":{}}\n{}\n')), 400)
})

test('operations that a collection does not have are answered with 404', async (t) => {
  const { create, client, index, raw } = await collection(t)
  await create()
  const query = { query: { match_all: {} } }
  const calls = {
    'delete by query': client.deleteByQuery({ index, body: query }),
    'update by query': client.updateByQuery({ index, body: query }),
    'a bulk request by PUT': client.bulk({ index, body: [{ index: {} }, { text: 'apple' }] }),
    'a bulk request without an index': client.bulk({ body: [{ index: { _index: index } }, { text: 'apple' }] }),
    'many searches in one': client.msearch({ body: [{ index }, query] }),
    'a scroll': client.search({ index, body: query, scroll: '1m' }),
    'its next page': client.scroll({ body: { scroll_id: 'x', scroll: '1m' } }),
    'what the node is': client.info(),
    'the health of the cluster': client.cluster.health(),
    'the settings of the cluster': client.cluster.getSettings(),
    'statistics of nodes': client.nodes.stats(),
    'a flush': client.indices.flush({ index }),
    'a reindex': client.reindex({ body: { source: { index }, dest: { index: `${index}-2` } } }),
    'a stored script': raw('PUT', '/_scripts/x', { script: { lang: 'painless', source: '1' } }),
  }
  for (const [name, call] of Object.entries(calls)) t.equal(await statusOf(call), 404, name)
})

test('scripts and time-outs of index calls are refused', async (t) => {
  const { create, client, index, raw } = await collection(t)
  await create()
  const script = { script_score: { query: { match_all: {} }, script: { source: '1' } } }
  t.equal(await statusOf(client.search({ index, body: { query: script } })), 400)
  t.equal(await statusOf(client.indices.create({ index: `${index}-2`, timeout: '5s' })), 400)
  t.equal(await statusOf(client.indices.delete({ index, cluster_manager_timeout: '5s' })), 400)
  t.equal(await statusOf(raw('PUT', `/${index}/_mapping?master_timeout=5s`, { properties: {} })), 400)
  t.equal(await statusOf(raw('POST', `/${index}/_bulk?timeout=5s`, '{"index":{}}\n{}\n')), 200)
})

test('a collection of the classic generation takes the engine faiss and not lucene, and shows it', async (t) => {
  const { create, raw, search, index, bulk } = await collection(t, { mode: 'classic' })
  t.equal(await statusOf(create('lucene')), 400)
  await create('faiss')
  const { body } = await raw('GET', `/${index}/_mapping`)
  t.equal(body[index].mappings.properties.vector.method.engine, 'faiss')
  await bulk({ index: {} }, { text: 'apple', vector: [1, 0, 0] })
  const knn = { vector: { vector: [1, 0, 0], k: 1, filter: { match: { text: 'apple' } } } }
  const found = await search({ query: { knn } })
  t.equal(found.hits.hits[0]._score, 1)
})

test('a collection of the new generation takes no engine at all, in a template neither', async (t) => {
  const { create, raw, search, index, bulk } = await collection(t, { mode: 'nextgen' })
  t.equal(await statusOf(create('faiss')), 400)
  const template = (engine?: string) =>
    raw('PUT', `/_index_template/${index}`, { index_patterns: [`${index}*`], template: knnIndex(engine) })
  t.equal(await statusOf(template('faiss')), 400)
  await template()
  t.teardown(() => raw('DELETE', `/_index_template/${index}`))
  await raw('PUT', `/${index}`)
  const { body } = await raw('GET', `/${index}`)
  t.notOk('engine' in body[index].mappings.properties.vector.method)
  await bulk({ index: {} }, { text: 'apple', vector: [1, 0, 0] })
  const found = await search({ query: { knn: { vector: { vector: [1, 0, 0], k: 1 } } } })
  t.equal(found.hits.hits.length, 1)
})

test('a vector of the wrong length is refused when it is written, beside good ones', async (t) => {
  const { create, bulk } = await collection(t, { lagMs: 600_000 })
  await create()
  const { items } = await bulk({ index: {} }, { vector: [1] }, { index: {} }, { vector: [1, 0, 0] })
  t.same(
    items.map((item: { index: { status: number } }) => item.index.status),
    [400, 201],
  )
})

test('only requests that are signed for the collection are answered', async (t) => {
  const { proxy, index } = await collection(t)
  const status = async (about: object) => {
    const getCredentials = async () => ({ accessKeyId: 'test', secretAccessKey: 'test' })
    const signer = AwsSigv4Signer({ region: 'us-east-1', service: 'aoss', getCredentials, ...about })
    const client = new Client({ ...signer, node: proxy.url, maxRetries: 0 })
    const answered = await statusOf(client.indices.exists({ index }))
    await client.close()
    return answered
  }
  t.equal(await status({}), 404, 'a good signature: there is no such index')
  t.equal(await status({ service: 'es' }), 403)
  t.equal(await status({ getCredentials: async () => ({ accessKeyId: 'test', secretAccessKey: 'forged' }) }), 403)
  t.equal(await status({ getCredentials: async () => ({ accessKeyId: 'other', secretAccessKey: 'test' }) }), 403)
  t.equal((await fetch(`${proxy.url}/${index}`)).status, 403)
  t.match((await control(proxy.url)).refused, [
    { status: 403, why: 'signed for the service es, not for aoss' },
    { status: 403, why: 'the signature does not match' },
    { status: 403, why: 'unknown access key other' },
    { status: 403, why: 'no Signature Version 4 in the Authorization header' },
  ])
})
