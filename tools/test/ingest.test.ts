import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { createClient } from '../cli/client.ts'
import { summarize } from '../cli/ingest.ts'
import { uploadAll } from '../cli/upload.ts'
import { walk } from '../cli/walk.ts'
import { type Answer, fakeApi } from './fake/api.ts'

test('a folder is walked to the bottom, sorted, without what is hidden, and everything is counted', async (t) => {
  const folder = t.testdir({
    'b.md': 'b',
    'a.md': 'aa',
    '.hidden': '',
    '.git': { config: '' },
    '~$a.xlsx': '',
    deep: { er: { 'c.md': '' } },
  })
  symlinkSync(join(folder, 'deep'), join(folder, 'link-to-folder'))
  symlinkSync(join(folder, 'a.md'), join(folder, 'link.md'))
  const { files, skipped, single } = await walk(folder, 'hr/')
  t.same(
    files.map(({ path, bytes }) => [path, bytes]),
    [
      ['hr/a.md', 2],
      ['hr/b.md', 1],
      ['hr/deep/er/c.md', 0],
      ['hr/link.md', 2],
    ],
  )
  t.equal(skipped, 4)
  t.equal(single, false)
})

test('a name in another form of Unicode is the same path', async (t) => {
  const folder = t.testdir()
  writeFileSync(join(folder, 'Ubersicht.md'.replace('U', 'U\u0308')), 'x')
  t.equal((await walk(folder)).files[0]?.path, '\u00dcbersicht.md')
})

test('a folder that is not there is a failure with its name', async (t) => {
  await t.rejects(walk(join(t.testdir(), 'nowhere')), { code: 'no_such_file', message: /nowhere/ })
})

/** Plays the API for uploads: what is asked for by file name happens. */
function server() {
  const looks = new Map<string, number>()
  return (method: string, url: string, body: string): Answer => {
    if (method === 'POST') {
      const path = /name="path"\r\n\r\n(.*)\r\n/.exec(body)?.[1] ?? ''
      if (path === 'refused.png') return { status: 415, body: { code: 'unsupported_media_type', detail: 'Not this.' } }
      if (path === 'empty.md') return { status: 400, body: { code: 'empty_file', detail: 'The file is empty.' } }
      if (path === 'busy.md' && !looks.has(path)) {
        looks.set(path, 0)
        return { status: 409, body: { code: 'conflict' }, headers: { 'retry-after': '0' } }
      }
      const unchanged = path === 'same.md'
      return { status: unchanged ? 200 : 202, body: { id: path, path, version: 1, status: 'queued', unchanged } }
    }
    const path = decodeURIComponent(url.slice('/documents/'.length))
    const look = (looks.get(path) ?? 0) + 1
    looks.set(path, look)
    if (look < 3) return { status: 200, body: { id: path, path, status: 'processing' } }
    if (path === 'locked.pdf') {
      const failure = { code: 'encrypted', message: 'It is encrypted.', place: 'page 1' }
      return { status: 200, body: { id: path, path, status: 'failed', failure } }
    }
    return { status: 200, body: { id: path, path, status: 'ready', accounting: { chunks: 4 } } }
  }
}

test('every file is accounted for: uploaded, unchanged, unsupported or failed with code, reason and place', async (t) => {
  const names = ['busy.md', 'empty.md', 'fine.md', 'locked.pdf', 'refused.png', 'same.md']
  const folder = t.testdir(Object.fromEntries(names.map((name) => [name, 'x'])))
  const play = server()
  const api = await fakeApi((request, body) => play(request.method ?? '', request.url ?? '', body))
  t.teardown(api.close)
  const { files } = await walk(folder)
  const settled: string[] = []
  const reports = await uploadAll(files, {
    client: createClient({ url: api.url }),
    signal: new AbortController().signal,
    concurrency: 3,
    wait: true,
    onProgress: ({ path }, step) => step === 'settled' && settled.push(path),
  })
  t.same(settled.toSorted(), names)
  t.match(reports, [
    { path: 'busy.md', outcome: 'uploaded', status: 'ready' },
    { path: 'empty.md', outcome: 'failed', code: 'empty_file', reason: 'The file is empty.' },
    { path: 'fine.md', outcome: 'uploaded', status: 'ready', chunks: 4 },
    { path: 'locked.pdf', outcome: 'failed', code: 'encrypted', place: 'page 1' },
    { path: 'refused.png', outcome: 'unsupported' },
    { path: 'same.md', outcome: 'unchanged', status: 'ready' },
  ])
  t.match(summarize(reports, 2), { total: 6, uploaded: 2, unchanged: 1, unsupported: 1, failed: 2, skipped: 2 })
})

test('without waiting, nothing is asked after the upload', async (t) => {
  const folder = t.testdir({ 'a.md': 'x' })
  const api = await fakeApi(() => ({
    status: 202,
    body: { id: 'a', path: 'a.md', status: 'queued', unchanged: false },
  }))
  t.teardown(api.close)
  const client = createClient({ url: api.url })
  const options = { client, signal: new AbortController().signal, concurrency: 1, wait: false }
  t.match(await uploadAll((await walk(folder)).files, options), [{ outcome: 'uploaded', status: 'queued' }])
  t.same(api.seen, ['POST /documents'])
})

test('tags and groups go with every file', async (t) => {
  const folder = t.testdir({ 'a.md': 'x' })
  const api = await fakeApi((_request, body) => {
    t.match(body, /name="tags"\r\n\r\n\["x","y"\]\r\n/)
    t.match(body, /name="groups"\r\n\r\n\["hr"\]\r\n/)
    return { status: 202, body: { id: 'a', path: 'a.md', status: 'queued', unchanged: false } }
  })
  t.teardown(api.close)
  const client = createClient({ url: api.url })
  const signal = new AbortController().signal
  const options = { client, signal, concurrency: 1, wait: false, tags: ['x', 'y'], groups: ['hr'] }
  t.equal((await uploadAll((await walk(folder)).files, options)).length, 1)
})

test('a key that is refused ends everything at once', async (t) => {
  const folder = t.testdir()
  mkdirSync(join(folder, 'd'))
  for (let index = 0; index < 20; index++) writeFileSync(join(folder, 'd', `${index}.md`), 'x')
  const api = await fakeApi(() => ({ status: 401, body: { code: 'unauthorized' } }))
  t.teardown(api.close)
  const client = createClient({ url: api.url })
  const options = { client, signal: new AbortController().signal, concurrency: 1, wait: true }
  await t.rejects(uploadAll((await walk(folder)).files, options), { code: 'unauthorized' })
  t.equal(api.seen.length, 1)
})

test('a connection that breaks is tried again, since the server may be on its way back', async (t) => {
  const folder = t.testdir({ 'a.md': 'x' })
  let tries = 0
  const api = await fakeApi(() =>
    ++tries === 1 ? undefined : { status: 202, body: { id: 'a', path: 'a.md', status: 'queued', unchanged: false } },
  )
  t.teardown(api.close)
  const client = createClient({ url: api.url })
  const options = { client, signal: new AbortController().signal, concurrency: 1, wait: false }
  t.match(await uploadAll((await walk(folder)).files, options), [{ outcome: 'uploaded' }])
  t.equal(tries, 2)
})
