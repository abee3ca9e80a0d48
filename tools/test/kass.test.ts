import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { settings } from '../../shared/config.ts'
import { type Answer, fakeApi } from './fake/api.ts'

async function kass(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../kass.ts'), ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const [code] = await once(child, 'close')
  return { code, out, err }
}

const document = (path: string, more: object = {}) => ({
  ...{
    id: `doc_${'a'.repeat(24)}`,
    path,
    version: 1,
    status: 'ready',
    size: 10,
    updated_at: '2026-01-01T00:00:00.000Z',
  },
  ...more,
})

test('a server that is not there is answered with what to do, and no stack trace', async (t) => {
  const { code, out, err } = await kass(['list'], { KASS_URL: 'http://127.0.0.1:9' })
  t.equal(code, 1)
  t.equal(out, '')
  t.match(err, /^No KASS server answers at http:\/\/127\.0\.0\.1:9 .*npm start/)
  t.notMatch(err, / at .*\.ts/)
})

test('with --json even errors are JSON, on standard error', async (t) => {
  const { code, out, err } = await kass(['list', '--json'], { KASS_URL: 'http://127.0.0.1:9' })
  t.equal(code, 1)
  t.equal(out, '')
  t.equal(JSON.parse(err).error.code, 'unreachable')
})

test('a wrong call ends with 2, in both forms', async (t) => {
  t.equal((await kass(['lisst'])).code, 2)
  const { code, err } = await kass(['search', '--json'])
  t.equal(code, 2)
  t.equal(JSON.parse(err).error.code, 'usage')
  t.equal((await kass(['list'], { KASS_URL: 'localhost' })).code, 2)
})

test('every command explains itself', async (t) => {
  for (const command of [
    'ingest',
    'ask',
    'search',
    'list',
    'status',
    'delete',
    'reindex',
    'keys',
    'config',
    'compare',
    'doctor',
    'feedback',
    'backup',
    'restore',
  ]) {
    const { code, out } = await kass([command, '--help'])
    t.equal(code, 0)
    t.match(out, `Usage: kass ${command}`)
  }
})

test('a refused key is answered with the name of the variable', async (t) => {
  const problem = { code: 'unauthorized', detail: 'The key is missing.' }
  const api = await fakeApi(() => ({ status: 401, body: problem }))
  t.teardown(api.close)
  const { code, err } = await kass(['list'], { KASS_URL: api.url })
  t.equal(code, 1)
  t.match(err, /The key is missing\. Set KASS_API_KEY/)
})

test('the key goes with every request', async (t) => {
  const api = await fakeApi((request) => {
    t.equal(request.headers['x-api-key'], 'kass_x')
    return { status: 200, body: { items: [] } }
  })
  t.teardown(api.close)
  t.equal((await kass(['list'], { KASS_URL: api.url, KASS_API_KEY: 'kass_x' })).code, 0)
  t.equal(api.seen.length, 1)
})

test('without a key a token goes with every request', async (t) => {
  const api = await fakeApi((request) => {
    t.equal(request.headers.authorization, 'Bearer e30.e30.x')
    t.equal(request.headers['x-api-key'], undefined)
    return { status: 200, body: { items: [] } }
  })
  t.teardown(api.close)
  t.equal((await kass(['list'], { KASS_URL: api.url, KASS_TOKEN: 'e30.e30.x' })).code, 0)
  t.equal(api.seen.length, 1)
})

test('a server under load is asked again when it says', async (t) => {
  const answers: Answer[] = [
    { status: 503, body: {}, headers: { 'retry-after': '0' } },
    { status: 429, body: {}, headers: { 'retry-after': '0' } },
    { status: 200, body: { results: [], count: 0 } },
  ]
  const api = await fakeApi(() => answers.shift())
  t.teardown(api.close)
  t.match(await kass(['search', 'leave'], { KASS_URL: api.url }), { code: 0, out: 'Nothing found.\n' })
})

test('an answer is written as it comes, with its citations below', async (t) => {
  const answer = {
    ...{ answer: '25 days. [1]', conversation_id: 'c1', message_id: 'm1', notices: ['Nothing was computed.'] },
    citations: [{ number: 1, path: 'hr/handbook.md', locator: 'lines 3-4' }],
  }
  const events = [
    ['start', { conversation_id: 'c1', message_id: 'm1' }],
    ['delta', { text: '25 days.' }],
    ['delta', { text: ' [1]' }],
    ['done', answer],
  ]
  const stream = events.map(([event, data]) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`).join('')
  const api = await fakeApi((_request, body) => {
    t.match(JSON.parse(body), { message: 'How many days?', conversation_id: 'c1' })
    return stream
  })
  t.teardown(api.close)
  const { code, out } = await kass(['ask', 'How many days?', '-c', 'c1'], { KASS_URL: api.url })
  t.equal(code, 0)
  t.equal(out, '25 days. [1]\n\n[1] hr/handbook.md, lines 3-4\n\nNote: Nothing was computed.\n')
  const json = await kass(['ask', 'How many days?', '-c', 'c1', '--json'], { KASS_URL: api.url })
  t.same(JSON.parse(json.out), answer)
})

test('an answer that breaks off is a failure with its code', async (t) => {
  const failed = 'event: start\ndata: {}\n\nevent: error\ndata: {"code":"model_failed","detail":"The model ended."}\n\n'
  const streams = [failed, 'event: start\ndata: {}\n\n']
  const api = await fakeApi(() => streams.shift())
  t.teardown(api.close)
  for (const code of ['model_failed', 'broken_stream']) {
    const result = await kass(['ask', 'x', '--json'], { KASS_URL: api.url })
    t.equal(result.code, 1)
    t.equal(JSON.parse(result.err).error.code, code)
  }
})

test('a document is named by its path, and by nothing that only begins with it', async (t) => {
  const api = await fakeApi((request) =>
    request.method === 'DELETE'
      ? { status: 202, body: document('a.md', { status: 'gone' }) }
      : { status: 200, body: { items: [document(request.url?.includes('prefix=a.md') ? 'a.md' : 'a.md.txt')] } },
  )
  t.teardown(api.close)
  t.equal((await kass(['delete', 'a.md'], { KASS_URL: api.url })).code, 0)
  t.same(api.seen, ['GET /documents?prefix=a.md&limit=1', `DELETE /documents/doc_${'a'.repeat(24)}`])
  const { code, err } = await kass(['delete', 'a', '--json'], { KASS_URL: api.url })
  t.equal(code, 1)
  t.equal(JSON.parse(err).error.code, 'not_found')
})

test('config lists every setting, and shows no secret', async (t) => {
  const { code, out } = await kass(['config', '--json'], { OPENAI_API_KEY: 'sk-secret', PORT: '9000' })
  t.equal(code, 0)
  t.notMatch(out, 'sk-secret')
  const rows: { key: string; value: string }[] = JSON.parse(out)
  t.same(
    rows.map(({ key }) => key),
    Object.keys(settings),
  )
  t.equal(rows.find(({ key }) => key === 'OPENAI_API_KEY')?.value, '(secret set)')
  t.equal(rows.find(({ key }) => key === 'PORT')?.value, '9000')
})

test('config names every fault at once and ends with 1', async (t) => {
  const { code, err } = await kass(['config'], { PORT: 'x', KASS_NOTHING: '1', AUTH: 'perhaps' })
  t.equal(code, 1)
  for (const name of ['PORT', 'KASS_NOTHING', 'AUTH']) t.match(err, name)
})

test('delete --prefix goes on until nothing is left, and needs a prefix', async (t) => {
  const api = await fakeApi((request) => {
    const more = request.url?.includes('cursor') ? {} : { cursor: 'next' }
    return { status: 202, body: { prefix: 'hr/', deleted: 3, ...more } }
  })
  t.teardown(api.close)
  const { code, out } = await kass(['delete', '--prefix', 'hr/'], { KASS_URL: api.url })
  t.equal(code, 0)
  t.equal(out, 'Deleted 6 documents below hr/\n')
  t.strictSame(api.seen, ['DELETE /documents?prefix=hr%2F', 'DELETE /documents?prefix=hr%2F&cursor=next'])
  for (const args of [['delete'], ['delete', '--prefix', ''], ['delete', 'a.md', '--prefix', 'hr/']]) {
    t.equal((await kass(args, { KASS_URL: api.url })).code, 2, args.join(' '))
  }
  t.equal(api.seen.length, 2, 'nothing was asked of the server')
})

test('feedback export writes every page, as JSON lines or as CSV that no spreadsheet computes', async (t) => {
  const item = { message_id: 'm1', conversation_id: 'c1', rating: 'up', given_at: '2026-01-01T00:00:00.000Z' }
  const api = await fakeApi((request) =>
    request.url?.includes('cursor')
      ? { status: 200, body: { items: [{ ...item, rating: 'down', comment: '=1+1, "so"', redacted: false }] } }
      : { status: 200, body: { items: [{ ...item, redacted: true }], cursor: 'next' } },
  )
  t.teardown(api.close)
  const lines = await kass(['feedback', 'export'], { KASS_URL: api.url })
  t.equal(lines.code, 0)
  t.match(
    lines.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
    [{ rating: 'up' }, { rating: 'down' }],
  )
  t.strictSame(api.seen, ['GET /feedback?limit=200', 'GET /feedback?limit=200&cursor=next'])
  const csv = await kass(['feedback', 'export', '--format', 'csv'], { KASS_URL: api.url })
  t.strictSame(csv.out.split('\n'), [
    'given_at,rating,comment,message_id,question_id,conversation_id,model,route,redacted',
    '2026-01-01T00:00:00.000Z,up,,m1,,c1,,,true',
    `2026-01-01T00:00:00.000Z,down,"'=1+1, ""so""",m1,,c1,,,false`,
    '',
  ])
})

test('what documents say reaches the terminal without its control sequences, and JSON as it is', async (t) => {
  const evil = '\u001b]0;owned\u0007 \u009b2J \u202e\r\u007f'
  const shown = '\\x1b]0;owned\\x07 \\x9b2J \\u202e\\x0d\\x7f'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what may not be there
  const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/
  const answer = {
    ...{ answer: `${evil}x`, conversation_id: 'c1', message_id: 'm1', notices: [`a${evil}`] },
    citations: [{ number: 1, path: evil, locator: evil }],
  }
  const stream = `event: delta\ndata: ${JSON.stringify({ text: evil })}\n\nevent: done\ndata: ${JSON.stringify(answer)}\n\n`
  const failure = { code: 'damaged', message: evil, place: evil }
  const failed = document(evil, { status: 'failed', failure })
  const results = [{ path: evil, locator: evil, score: 1, text: `a ${evil} b` }]
  const api = await fakeApi((request) => {
    const { url = '' } = request
    if (url === '/chat') return stream
    if (url === '/search') return { status: 200, body: { results, count: 1, notice: evil } }
    if (request.method === 'DELETE') return { status: 409, body: { code: 'conflict', detail: evil } }
    return { status: 200, body: url.startsWith('/documents/') ? failed : { items: [failed] } }
  })
  t.teardown(api.close)
  const id = `doc_${'a'.repeat(24)}`
  for (const args of [['ask', 'x'], ['search', 'x'], ['list'], ['status', id], ['delete', id]]) {
    const { out, err } = await kass(args, { KASS_URL: api.url })
    t.notMatch(out, controls, args.join(' '))
    t.notMatch(err, controls, args.join(' '))
    t.ok(`${out}${err}`.includes(args[0] === 'search' ? '\\x1b]0;owned' : shown), `${args[0]} shows what is there`)
    const json = await kass([...args, '--json'], { KASS_URL: api.url })
    t.notMatch(`${json.out}${json.err}`, controls)
    t.ok(
      JSON.stringify(JSON.parse(json.out || json.err)).includes(JSON.stringify(evil).slice(1, -1)),
      'parsed, it is the same',
    )
  }
})

test('local commands name the data folder, and refuse one that holds none; the first key may make it', async (t) => {
  const KASS_DATA = join(t.testdir(), 'data')
  for (const command of [['keys', 'list'], ['keys', 'revoke', 'x'], ['compare']]) {
    const { code, err } = await kass(command, { KASS_DATA })
    t.equal(code, 1)
    t.match(err, `There is no data of KASS in ${KASS_DATA}`)
    t.notOk(existsSync(KASS_DATA))
  }
  const made = await kass(['keys', 'create', '--name', 'first'], { KASS_DATA })
  t.match(made, { code: 0, out: /^kass_\S+\n$/, err: `Data: ${KASS_DATA}` })
  t.equal(statSync(KASS_DATA).mode & 0o777, 0o700)
  t.match(await kass(['keys', 'list'], { KASS_DATA }), { code: 0, out: /first/, err: `Data: ${KASS_DATA}` })
})
