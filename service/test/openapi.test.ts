import fc from 'fast-check'
import { type Test, test } from 'tap'
import { Compile } from 'typebox/schema'
import { type Built, build, file, form, putReady } from './helper.ts'

type Json = Record<string, unknown>
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const at = (value: unknown, ...keys: string[]): unknown =>
  keys.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), value)

interface Operation {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  path: string
  about: unknown
}

async function operations({ app }: Built) {
  const document: unknown = (await app.inject('/openapi.json')).json()
  const found: Operation[] = []
  for (const [path, item] of Object.entries(at(document, 'paths') ?? {})) {
    for (const method of ['GET', 'POST', 'PATCH', 'DELETE'] as const) {
      const about = at(item, method.toLowerCase())
      if (about !== undefined) found.push({ method, path, about })
    }
  }
  return { document, found }
}

/** Whether a response is one that the document declares: its status, its type, its body. */
function checker(document: unknown) {
  const compiled = new Map<string, ReturnType<typeof Compile>>()
  return (operation: Operation, response: { statusCode: number; headers: Json; body: string }): string | undefined => {
    const { statusCode, headers, body } = response
    const where = `${operation.method} ${operation.path} ${statusCode}`
    if (statusCode >= 500) return `${where}: ${body}`
    const declared = at(operation.about, 'responses', String(statusCode))
    if (declared === undefined) return `${where} is not declared: ${body}`
    const type = String(headers['content-type'] ?? '').split(';')[0] ?? ''
    const content = at(declared, 'content')
    if (content === undefined) return body === '' ? undefined : `${where} has a body`
    if (at(content, '*/*') !== undefined || type === 'text/event-stream') return undefined
    const schema = at(content, type, 'schema')
    if (!isObject(schema)) return `${where}: ${type} is not declared`
    const key = `${where} ${type}`
    const check =
      compiled.get(key) ?? Compile({ components: at(document, 'components'), ...resolved(document, schema) })
    compiled.set(key, check)
    return check.Check(JSON.parse(body)) ? undefined : `${where} breaks its schema: ${body}`
  }
}

function resolved(document: unknown, schema: Json): Json {
  const name = typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined
  const found = name === undefined ? schema : at(document, 'components', 'schemas', name)
  return isObject(found) ? found : {}
}

test('the document is OpenAPI 3.1 and describes every operation with its errors', async (t) => {
  const { document, found } = await operations(await build(t))
  t.match(at(document, 'openapi'), /^3\.1\./)
  t.strictSame(found.map(({ method, path }) => `${method} ${path}`).sort(), [
    'DELETE /conversations/{id}',
    'DELETE /documents',
    'DELETE /documents/{id}',
    'GET /answers/{id}/trace',
    'GET /conversations',
    'GET /conversations/{id}',
    'GET /conversations/{id}/messages',
    'GET /documents',
    'GET /documents/{id}',
    'GET /documents/{id}/chunks',
    'GET /documents/{id}/content',
    'GET /feedback',
    'GET /health',
    'GET /ready',
    'PATCH /conversations/{id}',
    'PATCH /documents/{id}',
    'POST /chat',
    'POST /documents',
    'POST /documents/uploads',
    'POST /documents/{id}/reindex',
    'POST /messages/{id}/feedback',
    'POST /search',
  ])
  for (const { about, method, path } of found) {
    t.match(about, { summary: String, description: String, tags: [String] }, `${method} ${path}`)
    for (const status of ['400', '401', '403', '429', '500', '503']) {
      t.ok(at(about, 'responses', status, 'content', 'application/problem+json'), `${method} ${path} ${status}`)
    }
    for (const [status, response] of Object.entries(at(about, 'responses') ?? {})) {
      const problem = at(response, 'content', 'application/problem+json')
      if (problem)
        t.match(at(problem, 'example'), { status: Number(status) }, `${method} ${path} ${status} has its own example`)
    }
  }
})

test('the examples are requests that work as they stand', async (t) => {
  const built = await build(t)
  const { document, found } = await operations(built)
  const check = checker(document)
  const { id } = await putReady(built.ports, { path: 'a.txt' }, 'words')
  const answer = { id, role: 'assistant' as const, content: 'words', createdAt: 1, sources: [], citations: [] }
  await built.ports.conversations.append({ tenant: 'default', subject: 'local' }, 'c1', answer)
  for (const operation of found) {
    const example = at(operation.about, 'requestBody', 'content', 'application/json', 'example')
    if (!isObject(example) || operation.path === '/conversations/{id}') continue
    const url = operation.path.replace('{id}', id)
    const response = await built.app.inject({ method: operation.method, url, payload: example })
    t.equal(response.statusCode, 200, `${operation.method} ${operation.path}`)
    t.equal(check(operation, response), undefined)
  }
})

test('Swagger UI has all it needs from this server, and its policy names no other', async (t) => {
  const { app } = await build(t)
  const page = await app.inject('/docs')
  const policy = String(page.headers['content-security-policy'])
  t.match(policy, /script-src 'self'(;|$)/)
  t.notMatch(policy, /https?:|\*|upgrade-insecure/)
  const links = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? '')
  t.ok(links.length > 3)
  for (const link of links) {
    t.match(link, /^\/docs\//)
    t.equal((await app.inject(link)).statusCode, 200, link)
  }
  t.match((await app.inject('/docs/static/swagger-initializer.js')).body, /"url":"\/openapi\.json"/)
  t.match((await app.inject('/')).headers, { location: '/docs' })
})

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '\u0000', '\ud800', '__proto__', '../..', 'doc_', '1e999', '%', '\u202e', 'x'.repeat(600)),
)
const anyValue = fc.oneof(
  { depthSize: 'small' },
  anyText,
  fc.jsonValue(),
  fc.double(),
  fc.maxSafeInteger(),
  fc.constantFrom(null, true, [], {}, -0, 1e308, ['x'], { tags: ['x'] }, { metadata: { a: [1, 'b', true] } }),
)

async function fuzz(
  t: Test,
  env: Record<string, string>,
  headersFor: (built: Built) => Promise<Record<string, string>>,
) {
  const built = await build(t, {
    env: { RATE_PER_MINUTE: '10000000', RATE_BURST: '10000000', LOG_LEVEL: 'silent', ...env },
  })
  const headers = await headersFor(built)
  const { id } = await putReady(built.ports, { path: 'a.txt' }, 'words')
  const { document, found } = await operations(built)
  const check = checker(document)
  const fields = [
    'message',
    'query',
    'limit',
    'filters',
    'mode',
    'stream',
    'conversation_id',
    'model',
    'title',
    'tags',
    'path',
    'size',
    'sha256',
    'rating',
    'comment',
  ]
  const body = fc.oneof(fc.dictionary(fc.constantFrom(...fields, 'groups', 'metadata'), anyValue), anyValue)
  const query = fc.array(fc.tuple(fc.constantFrom('limit', 'cursor', 'status', 'prefix', 'x'), anyText), {
    maxLength: 3,
  })
  const property = fc.asyncProperty(
    fc.constantFrom(...found),
    fc.oneof(anyText, fc.constant(id)),
    query,
    fc.oneof(body, fc.record({ message: anyText, query: anyText })),
    async (operation, name, pairs, payload) => {
      const search = new URLSearchParams(pairs.map(([key, value]): [string, string] => [key, value]))
      const path = operation.path.replace('{id}', encodeURIComponent(name.toWellFormed()) || 'x')
      const sends = operation.method !== 'GET'
      const response = await built.app.inject({
        method: operation.method,
        url: `${path}?${search}`,
        headers: sends ? { ...headers, 'content-type': 'application/json' } : headers,
        ...(sends && { payload: JSON.stringify(payload) ?? '' }),
      })
      const wrong = check(operation, response)
      if (wrong !== undefined) throw new Error(wrong)
    },
  )
  await fc.assert(property, { numRuns: 1_500 })
}

test('no input leads out of the document, and none to a 5xx', (t) => fuzz(t, {}, async () => ({})))

test('neither does it for a caller who may see little', (t) =>
  fuzz(t, { AUTH: 'keys' }, async ({ key }) => ({
    'x-api-key': await key({ groups: ['hr'], scopes: ['chat', 'search', 'documents:read', 'documents:write'] }),
  })))

test('no form leads out of the document, and none to a 5xx', async (t) => {
  const built = await build(t, { env: { RATE_PER_MINUTE: '10000000', RATE_BURST: '10000000', LOG_LEVEL: 'silent' } })
  const { document, found } = await operations(built)
  const check = checker(document)
  const operation = found.find(({ method, path }) => method === 'POST' && path === '/documents')
  if (!operation) throw new Error('there is no upload')
  const names = fc.constantFrom('path', 'title', 'groups', 'tags', 'metadata', 'file', 'x', '__proto__', '')
  const type = fc.constantFrom(undefined, 'application/json', 'text/plain', 'application/octet-stream', 'nonsense')
  const field = fc.record({ name: names, value: anyText, type })
  const upload = fc.oneof(anyText, fc.uint8Array()).map((bytes) => file(Buffer.from(bytes), 'a.txt'))
  const parts = fc.array(fc.oneof(field, upload), { maxLength: 5 })
  const property = fc.asyncProperty(parts, fc.nat(), async (given, cut) => {
    const { payload, headers } = form(given)
    const sent = cut % 3 === 0 ? payload.subarray(0, cut % (payload.length + 1)) : payload
    const response = await built.app.inject({ method: 'POST', url: '/documents', payload: sent, headers })
    const wrong = check(operation, response)
    if (wrong !== undefined) throw new Error(wrong)
  })
  await fc.assert(property, { numRuns: 500 })
})

test('the form that Swagger UI fills in is accepted as it is, with nothing but a file chosen', async (t) => {
  const built = await build(t)
  const { found } = await operations(built)
  const operation = found.find(({ method, path }) => method === 'POST' && path === '/documents')
  const fields = at(operation?.about, 'requestBody', 'content', 'multipart/form-data', 'schema', 'properties')
  if (!isObject(fields)) throw new Error('the form is not described')
  const prefilled = Object.entries(fields).flatMap(([name, about]) => {
    const value = at(about, 'default')
    return typeof value === 'string' ? [{ name, value }] : []
  })
  t.equal(prefilled.length, 3, 'path, title, metadata')
  const { payload, headers } = form([file('# A note\n\nwith a line'), ...prefilled])
  const response = await built.app.inject({ method: 'POST', url: '/documents', payload, headers })
  t.equal(response.statusCode, 202)
  t.match(response.json(), { path: 'note.txt' })
})
