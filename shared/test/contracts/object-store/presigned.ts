import { createHash } from 'node:crypto'
import { type Test, test } from 'tap'
import type { Announced, PresignedUpload } from '../../../ports/object-store.ts'
import { type OpenedObjects, type OpenObjects, ref, textOf, upload } from './support.ts'

const announce = (body: string, more: Partial<Announced> = {}): Announced => ({
  size: Buffer.byteLength(body),
  sha256: createHash('sha256').update(body).digest('hex'),
  ...more,
})
const attributes = {
  title: 'Größe 😀 "quoted" \\ and, so; on',
  groups: ['staff', 'Zürich'],
  tags: ['a,b', 'c'],
  metadata: { year: 2026, draft: true, by: 'Ada Ω' },
}

async function put({ send }: OpenedObjects, made: PresignedUpload, body: string, headers = made.headers) {
  // The length is set by whoever sends.
  const { 'content-length': _, ...others } = headers
  const response = await send(made.url, { headers: others, body: Buffer.from(body) })
  await response.arrayBuffer()
  return response.status
}

function refused(t: Test, status: number, what: string): void {
  t.ok(status >= 400 && status < 500, `${what}: ${status}`)
}

/** Bytes that come without the API in between, or at least without a key. */
export function presignedPromises(name: string, open: OpenObjects): void {
  test(`${name}: what was announced can be put, with all that was said of it, and a job follows`, async (t) => {
    const opened = await open(t)
    const { objects, other, jobs, clock } = opened
    const terms = announce('hello', { contentType: 'text/markdown', attributes })
    const made = await objects.presign(ref, terms)
    t.match(made, { method: 'PUT', headers: { 'content-length': '5' } })
    t.ok(made.expiresAt > clock() + 14 * 60_000 && made.expiresAt <= clock() + 15 * 60_000, 'for 15 minutes')
    t.equal(await other.head(ref), undefined, 'nothing before')
    t.same(await jobs(), [])
    t.equal(await put(opened, made, 'hello'), 200)
    const head = await other.head(ref)
    t.match(head, { ...ref, ...terms })
    t.equal(await textOf(other, head?.revision ?? ''), 'hello')
    t.same(await jobs(), [{ kind: 'reconcile', ...ref }])
  })

  test(`${name}: the headers are all that has to be sent with a presigned upload, the length included`, async (t) => {
    const { objects, send } = await open(t)
    const made = await objects.presign(ref, announce('hello'))
    const response = await send(made.url, { headers: made.headers, body: Buffer.from('hello') })
    t.equal(response.status, 200)
    const head = await objects.head(ref)
    t.equal(head?.contentType, '')
    t.notOk('attributes' in (head ?? { attributes: 1 }), 'nothing was said of it')
  })

  test(`${name}: a presigned upload is a new revision, the one before stays`, async (t) => {
    const opened = await open(t)
    const first = await upload(opened.objects, 'one')
    const made = await opened.objects.presign(ref, announce('two'))
    t.same(await opened.objects.head(ref), first)
    t.equal(await put(opened, made, 'two'), 200)
    t.equal((await opened.objects.revisions(ref)).length, 2)
    t.equal(await textOf(opened.objects, first.revision), 'one')
  })

  test(`${name}: putting the same bytes twice leaves what putting them once does`, async (t) => {
    const opened = await open(t)
    const made = await opened.objects.presign(ref, announce('hello', { attributes }))
    t.equal(await put(opened, made, 'hello'), 200)
    t.equal(await put(opened, made, 'hello'), 200)
    const head = await opened.objects.head(ref)
    t.match(head, { ...announce('hello'), attributes })
  })

  test(`${name}: other bytes than those announced are refused, and leave nothing`, async (t) => {
    const opened = await open(t)
    for (const body of ['jello', 'hell', 'hello!', '']) {
      const made = await opened.objects.presign(ref, announce('hello'))
      refused(t, await put(opened, made, body), JSON.stringify(body))
    }
    t.equal(await opened.objects.head(ref), undefined)
    t.equal(await opened.stored(), 0)
    t.same(await opened.jobs(), [])
  })

  test(`${name}: an upload that begins after its time is refused`, async (t) => {
    const opened = await open(t)
    opened.clock.advance(-16 * 60_000)
    const made = await opened.objects.presign(ref, announce('hello'))
    opened.clock.advance(16 * 60_000)
    refused(t, await put(opened, made, 'hello'), 'expired')
    t.equal(await opened.objects.head(ref), undefined)
  })

  test(`${name}: a header that is not as it was signed is refused`, async (t) => {
    const opened = await open(t)
    const made = await opened.objects.presign(ref, announce('hello', { contentType: 'text/markdown', attributes }))
    const other = await opened.objects.presign(ref, {
      ...announce('jello'),
      contentType: 'text/html',
      attributes: { groups: [] },
    })
    for (const header of Object.keys(made.headers)) {
      if (header === 'content-length') continue
      const { [header]: _, ...without } = made.headers
      refused(t, await put(opened, made, 'hello', without), `without ${header}`)
      const forged = { ...made.headers, [header]: other.headers[header] ?? '' }
      refused(t, await put(opened, made, 'hello', forged), `another ${header}`)
    }
    t.equal(await opened.objects.head(ref), undefined)
    t.equal(await opened.stored(), 0)
  })

  test(`${name}: an address of which anything was changed is refused`, async (t) => {
    const opened = await open(t)
    const { objects } = opened
    const made = await objects.presign(ref, announce('hello'))
    const elsewhere = await objects.presign({ tenant: 'other', path: 'b.md' }, announce('hello'))
    const [path, query] = made.url.split('?')
    const [otherPath, otherQuery] = elsewhere.url.split('?')
    for (const url of [`${otherPath}?${query}`, `${path}?${otherQuery}`]) {
      refused(t, await put(opened, { ...made, url }, 'hello'), url)
    }
    for (const [key, value] of new URLSearchParams(query)) {
      // Signed or not signed at all: who may send what nobody has signed is for the bucket's policy to say.
      if (key === 'X-Amz-Algorithm') continue
      const middle = Math.floor(value.length / 2)
      const changed = value.slice(0, middle) + (value[middle] === '0' ? '1' : '0') + value.slice(middle + 1)
      const forged = new URLSearchParams(query)
      forged.set(key, changed)
      refused(t, await put(opened, { ...made, url: `${path}?${forged}` }, 'hello'), key)
    }
    t.equal(await objects.head(ref), undefined)
    t.equal(await objects.head({ tenant: 'other', path: 'b.md' }), undefined)
  })

  test(`${name}: any path and 2,000 bytes of metadata travel with a presigned upload`, async (t) => {
    const opened = await open(t)
    const path = 'a b+c&d=é/😀 %2F?#.md'
    const document = { tenant: 'acme', path }
    const said = { ...attributes, metadata: { note: 'word '.repeat(380) } }
    const made = await opened.objects.presign(document, announce('hello', { attributes: said }))
    t.equal(await put(opened, made, 'hello'), 200)
    t.match(await opened.objects.head(document), { ...document, attributes: said })
  })
}
