import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { test } from 'tap'
import { maxBytes, type OpenObjects, ref, textOf, upload } from './support.ts'

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** From a stream to a revision, or to nothing at all. */
export function uploadPromises(name: string, open: OpenObjects): void {
  test(`${name}: what was uploaded is read back, with all that is known of it`, async (t) => {
    const { objects, other, clock, timeStepMs } = await open(t)
    const attributes = { title: 'Ü', groups: ['staff'], tags: [], metadata: { year: 2026, ok: true } }
    const head = await upload(objects, 'hello', ref, attributes)
    t.same(head, {
      ...ref,
      revision: head.revision,
      size: 5,
      sha256: sha256(Buffer.from('hello')),
      contentType: 'text/markdown',
      attributes,
      createdAt: timeStepMs === undefined ? clock() : head.createdAt,
    })
    t.ok(Number.isInteger(head.createdAt))
    t.same(await other.head(ref), head)
    t.same(await other.revisions(ref), [head])
    t.equal(await textOf(other, head.revision), 'hello')
  })

  test(`${name}: an upload without attributes has none`, async (t) => {
    const { objects } = await open(t)
    await upload(objects, 'hello')
    t.notOk('attributes' in ((await objects.head(ref)) ?? { attributes: 1 }))
  })

  test(`${name}: a job for the document follows a commit, and nothing else`, async (t) => {
    const { objects, jobs } = await open(t)
    const staged = await objects.stage(Readable.from(['hello']), { maxBytes })
    t.same(await jobs(), [])
    await staged.commit(ref, { contentType: 'text/plain' })
    t.same(await jobs(), [{ kind: 'reconcile', ...ref }])
  })

  test(`${name}: size, hash, prefix and bytes are right however the stream is cut`, async (t) => {
    const { objects } = await open(t)
    const cuts = fc.array(fc.uint8Array({ maxLength: 5000 }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(cuts, async (pieces) => {
        const whole = Buffer.concat(pieces)
        const staged = await objects.stage(Readable.from(pieces), { maxBytes })
        const head = await staged.commit(ref, { contentType: 'text/plain' })
        const body = await objects.get(ref, head.revision)
        const same =
          Buffer.compare(whole.subarray(0, 4096), staged.prefix) === 0 &&
          head.size === whole.length &&
          head.sha256 === sha256(whole) &&
          body !== undefined &&
          Buffer.compare(await buffer(body), whole) === 0
        if (!same) throw new Error('what was stored is something else')
      }),
      { numRuns: 30 },
    )
    t.pass('it is')
  })

  test(`${name}: nothing is seen before the commit, and nothing is left of what is discarded`, async (t) => {
    const { objects, other, stored } = await open(t)
    const staged = await objects.stage(Readable.from(['hello']), { maxBytes })
    t.equal(await other.head(ref), undefined)
    await staged.discard()
    await staged.discard()
    t.equal(await stored(), 0)
    await t.rejects(staged.commit(ref, { contentType: 'text/plain' }))
    t.equal(await other.head(ref), undefined)
  })

  test(`${name}: discarding what is committed changes nothing`, async (t) => {
    const { objects } = await open(t)
    const staged = await objects.stage(Readable.from(['hello']), { maxBytes })
    const { revision } = await staged.commit(ref, { contentType: 'text/plain' })
    await staged.discard()
    t.equal(await textOf(objects, revision), 'hello')
  })

  test(`${name}: a stream that breaks leaves nothing, and its own error`, async (t) => {
    const { objects, stored, jobs } = await open(t)
    const broken = Readable.from(
      (function* () {
        yield Buffer.alloc(70_000)
        throw new Error('the client went away')
      })(),
    )
    await t.rejects(objects.stage(broken, { maxBytes }), { message: 'the client went away' })
    t.equal(await stored(), 0)
    t.same(await jobs(), [])
  })

  test(`${name}: a stream that breaks before anything was read of it is an error like any other`, async (t) => {
    const { objects, stored } = await open(t)
    const broken = new Readable({ read() {} })
    const staged = objects.stage(broken, { maxBytes })
    broken.destroy(new Error('the client went away'))
    await t.rejects(staged, { message: 'the client went away' })
    t.equal(await stored(), 0)
  })

  test(`${name}: a stream that is cut off without an error is no upload either`, async (t) => {
    const { objects, stored } = await open(t)
    const cut = new Readable({
      read() {
        this.push(Buffer.alloc(10))
        setImmediate(() => this.destroy())
      },
    })
    await t.rejects(objects.stage(cut, { maxBytes }))
    t.equal(await stored(), 0)
  })

  test(`${name}: a stream beyond the limit is refused, ended and leaves nothing`, async (t) => {
    const { objects, stored } = await open(t)
    let pulled = 0
    const endless = new Readable({
      read() {
        pulled += 1000
        this.push(Buffer.alloc(1000))
      },
    })
    await t.rejects(objects.stage(endless, { maxBytes: 100_000 }), { code: 'payload_too_large' })
    t.equal(endless.destroyed, true)
    t.ok(pulled < 400_000, 'it is not read much further than the limit')
    t.equal(await stored(), 0)
  })

  test(`${name}: exactly as much as the limit is taken, and nothing at all too`, async (t) => {
    const { objects } = await open(t)
    t.equal((await objects.stage(Readable.from([Buffer.alloc(100)]), { maxBytes: 100 })).size, 100)
    t.equal((await objects.stage(Readable.from([]), { maxBytes: 100 })).size, 0)
  })
}
