import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import { createClient } from '../cli/client.ts'
import { formBody } from '../cli/form-body.ts'
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
  const { files, notSent, hidden, single } = await walk(folder, 'hr/')
  t.same(
    files.map(({ path, bytes }) => [path, bytes]),
    [
      ['hr/a.md', 2],
      ['hr/b.md', 1],
      ['hr/deep/er/c.md', 0],
      ['hr/link.md', 2],
    ],
  )
  t.equal(hidden, 3)
  t.match(notSent, [{ path: 'hr/link-to-folder', outcome: 'skipped', code: 'linked_folder' }])
  t.equal(single, false)
})

test('a name in another form of Unicode is the same path', async (t) => {
  const folder = t.testdir()
  writeFileSync(join(folder, 'Ubersicht.md'.replace('U', 'U\u0308')), 'x')
  t.equal((await walk(folder)).files[0]?.path, '\u00dcbersicht.md')
})

test('what is no file is named with its reason, and what has a name that no document can have is a failure', async (t) => {
  const folder = t.testdir({ 'a.md': 'a' })
  symlinkSync(join(folder, 'nowhere'), join(folder, 'broken-link'))
  symlinkSync('round', join(folder, 'round'))
  execFileSync('mkfifo', [join(folder, 'pipe')])
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9]), Buffer.from('.md')]), 'x')
  const { files, notSent, hidden } = await walk(folder)
  t.same(
    files.map(({ path }) => path),
    ['a.md'],
  )
  t.equal(hidden, 0)
  t.match(notSent, [
    { path: 'broken-link', outcome: 'skipped', code: 'dangling_link' },
    { path: 'caf\\xe9.md', outcome: 'failed', code: 'invalid_name' },
    { path: 'pipe', outcome: 'skipped', code: 'not_a_file' },
    { path: 'round', outcome: 'skipped', code: 'dangling_link' },
  ])
  t.match(summarize(notSent, hidden), { total: 4, failed: 1, skipped: 3 })
  await t.rejects(walk(join(folder, 'pipe')), { code: 'no_such_file' })
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
  t.match(summarize(reports, 2), {
    total: 6,
    uploaded: 2,
    unchanged: 1,
    unsupported: 1,
    failed: 2,
    skipped: 0,
    hidden: 2,
  })
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

test('a file that cannot be read, or not to its end, has failed; the others go on', async (t) => {
  const folder = t.testdir({ 'a-gone.md': 'x', 'b-broken.md': 'x', 'c-fine.md': 'x' })
  const api = await fakeApi(() => ({ status: 202, body: { id: 'c', status: 'queued', unchanged: false } }))
  t.teardown(api.close)
  const { files } = await walk(folder)
  rmSync(join(folder, 'a-gone.md'))
  // A folder can be opened, and its first read fails: what a broken disk does in the middle of a file.
  rmSync(join(folder, 'b-broken.md'))
  mkdirSync(join(folder, 'b-broken.md'))
  const client = createClient({ url: api.url })
  const options = { client, signal: new AbortController().signal, concurrency: 1, wait: false }
  t.match(await uploadAll(files, options), [
    { path: 'a-gone.md', outcome: 'failed', code: 'unreadable_file', reason: /ENOENT/ },
    { path: 'b-broken.md', outcome: 'failed', code: 'unreadable_file', reason: /EISDIR/ },
    { path: 'c-fine.md', outcome: 'uploaded' },
  ])
})

test('a file that changes while it is sent is never sent to its end', async (t) => {
  for (const change of [(file: string) => appendFileSync(file, 'more'), (file: string) => truncateSync(file, 10)]) {
    const file = join(t.testdir({ 'log.md': 'x'.repeat(200_000) }), 'log.md')
    const { stream, headers } = await formBody({}, { file, name: 'log.md' })
    let sent = 0
    const send = async () => {
      for await (const bytes of stream) {
        if (sent === 0) change(file)
        sent += bytes.length
      }
    }
    await t.rejects(send(), { code: 'unreadable_file', message: /changed while it was read/ })
    t.ok(sent < Number(headers['content-length']))
  }
})

test('a path that is refused is the failure of that file; a key without the scope ends everything', async (t) => {
  const folder = t.testdir({ 'a.md': 'x', 'b.md': 'x' })
  let place: string | undefined = 'path'
  const api = await fakeApi((_request, body) =>
    body.includes('a.md')
      ? { status: 403, body: { code: 'forbidden', detail: 'Not yours.', field: place } }
      : { status: 202, body: { id: 'b', status: 'queued', unchanged: false } },
  )
  t.teardown(api.close)
  const client = createClient({ url: api.url })
  const options = { client, signal: new AbortController().signal, concurrency: 1, wait: false }
  const { files } = await walk(folder)
  t.match(await uploadAll(files, options), [
    { path: 'a.md', outcome: 'failed', code: 'forbidden', reason: 'Not yours.' },
    { path: 'b.md', outcome: 'uploaded' },
  ])
  place = undefined
  await t.rejects(uploadAll(files, options), { code: 'forbidden' })
})

test('a folder below that may not be read is named, and the rest is found', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'kass-walk-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  chmodSync(folder, 0o755)
  mkdirSync(join(folder, 'closed'), { mode: 0 })
  writeFileSync(join(folder, 'open.md'), 'x')
  // Root may read everything.
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(65_534)
  try {
    const { files, notSent } = await walk(folder)
    t.match(files, [{ path: 'open.md' }])
    t.match(notSent, [{ path: 'closed', outcome: 'failed', code: 'unreadable_folder', reason: /EACCES/ }])
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
})
