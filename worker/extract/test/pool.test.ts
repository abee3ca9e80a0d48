import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { mock } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import { type Test, test } from 'tap'
import { csvOfRows } from '../../../test/fixtures/csv.ts'
import { encryptedPdf, handbookPdf, pdfOfPages } from '../../../test/fixtures/pdf.ts'
import { smallMarkdown } from '../../../test/fixtures/prose.ts'
import { makeXlsx } from '../../../test/fixtures/xlsx.ts'
import { createExtractor, type ExtractEvent, type Extractor, type ExtractorOptions } from '../pool.ts'
import { removeLeftovers, smallBytes } from '../spill.ts'
import { extract as extractHere } from '../thread.ts'
import type { ThreadMessage } from '../thread-protocol.ts'
import { collect, defaults, readAll } from './helper.ts'

function extractor(t: Test, options: Partial<ExtractorOptions> = {}): Extractor {
  const made = createExtractor({ ...defaults, threads: 1, timeoutMs: 60_000, memoryMb: 256, ...options })
  t.teardown(() => made.close())
  return made
}

const never = new AbortController().signal
const input = (body: Buffer, name = 'upload') => ({ body: Readable.from([body]), size: body.length, name })

// A folder of its own, so that what is left there can only be from here.
const folder = mkdtempSync(join(tmpdir(), 'extract-test-'))
process.env.TMPDIR = folder
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const scratch = () => readdir(folder)

/** A text that takes a reader far longer than any test waits. */
const endless = () => Buffer.from(`${'word '.repeat(12)}\n\n`.repeat(60_000))

test('a document gives the same through a thread as without one, small or large', async (t) => {
  const { extract } = extractor(t)
  const { body } = csvOfRows(2000)
  t.same(await collect(extract(input(body, 'a.csv'), never)), await readAll(body, 'a.csv'))
  const large = Buffer.concat(Array.from({ length: 1000 }, (_, seed) => smallMarkdown(seed)))
  t.ok(large.length > smallBytes)
  const [there, here] = [await collect(extract(input(large, 'a.md'), never)), await readAll(large, 'a.md')]
  const digest = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex')
  t.equal(digest(there), digest(here))
  t.same(await scratch(), [], 'no scratch file is left')
})

test('an error crosses the border of threads with code, sentence and place', async (t) => {
  const { extract } = extractor(t)
  await t.rejects(collect(extract(input(await encryptedPdf()), never)), { name: 'KassError', code: 'encrypted' })
  const broken = makeXlsx({ sheets: [{ name: 'S', rows: [['x']] }], parts: { 'xl/worksheets/sheet1.xml': '<a>' } })
  await t.rejects(collect(extract(input(broken), never)), { code: 'damaged', place: 'S', message: /not well-formed/ })
  await t.rejects(collect(extract(input(Buffer.alloc(0)), never)), { code: 'no_text', message: 'The file is empty.' })
})

test('a reader is never more than two batches of 64 chunks ahead of whoever takes them', async (t) => {
  const { port1: ours, port2: port } = new MessageChannel()
  t.teardown(() => ours.close())
  const batches: ExtractEvent[][] = []
  let came = () => {}
  ours.on('message', (message: ThreadMessage) => {
    if (message.type === 'events') batches.push(message.events)
    came()
  })
  const until = async (count: number) => {
    while (batches.length < count)
      await new Promise<void>((resolve) => {
        came = resolve
      })
  }
  const body = csvOfRows(4000).body
  const result = extractHere({ ...defaults, port, name: 'a.csv', size: body.length, bytes: body })
  await until(2)
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
  t.equal(batches.length, 2, 'it waits')
  for (let taken = 0; taken < batches.length; taken++) {
    ours.postMessage(null)
    await Promise.race([until(taken + 3), result])
  }
  const { posted, events } = await result
  await until(posted)
  t.equal(posted, batches.length)
  const all = [...batches.flat(), ...events].flatMap((event) => (event.type === 'chunks' ? [event.chunks.length] : []))
  t.ok(all.length > 3 && all.slice(0, -1).every((count) => count === 64))
})

test('the time in which nobody takes the batches does not count', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const cleared = mock.method(globalThis, 'clearTimeout')
  const { extract } = extractor(t, { timeoutMs: 1000 })
  const events = extract(input(endless(), 'a.txt'), never)[Symbol.asyncIterator]()
  while ((await events.next()).value?.type !== 'chunks');
  // Two batches wait here, and the clock stands still.
  while (cleared.mock.callCount() === 0) await new Promise((resolve) => setImmediate(resolve))
  mock.timers.tick(10_000)
  t.match(await events.next(), { value: { type: 'chunks' } })
  await events.return?.()
})

test('a document that takes too long fails, and the next one is read', async (t) => {
  const { extract } = extractor(t, { timeoutMs: 150 })
  await t.rejects(collect(extract(input(quadratic(), 'a.md'), never)), { code: 'extraction_timeout' })
  const { extract: patient } = extractor(t)
  t.match(await collect(patient(input(Buffer.from('fine'), 'a.txt'), never)), { read: 1 })
})

test('a document that takes too much memory fails, and the next one is read by the same pool', async (t) => {
  const { extract } = extractor(t, { memoryMb: 64 })
  const strings = Array.from({ length: 800_000 }, (_, at) => `<si><t>string number ${at}</t></si>`).join('')
  const hungry = makeXlsx({
    sheets: [{ name: 'S', rows: [['x']] }],
    parts: { 'xl/sharedStrings.xml': `<sst>${strings}</sst>` },
  })
  await t.rejects(collect(extract(input(hungry), never)), { code: 'extraction_memory' })
  t.match(await collect(extract(input(Buffer.from('fine'), 'a.txt'), never)), { read: 1 })
})

test('a PDF whose page inflates beyond the memory fails, although buffers lie outside of the heap', async (t) => {
  const { extract } = extractor(t, { memoryMb: 64 })
  await t.rejects(collect(extract(input(inflatingPdf(600 * 1024 * 1024)), never)), { code: 'extraction_memory' })
})

test('what a parser leaves behind of a damaged document does not harm the next one', async (t) => {
  const { extract } = extractor(t)
  const text = (await pdfOfPages([['one'], ['two']])).toString('latin1')
  const damaged = Buffer.from(text.replaceAll('/Type /Page\n', '/Type )Page\n'), 'latin1')
  await t.rejects(collect(extract(input(damaged), never)), { code: 'no_text' })
  t.match(await collect(extract(input((await handbookPdf(3)).body), never)), { read: 3, indexed: 3 })
})

test('an abort ends the work with its reason, before and while the body arrives and while a thread reads', async (t) => {
  const { extract } = extractor(t)
  const gone = new Error('gone')
  await t.rejects(collect(extract(input(Buffer.from('x')), AbortSignal.abort(gone))), gone)

  const arriving = new AbortController()
  const stalled = new Readable({ read() {} })
  stalled.push('first bytes')
  const waits = collect(extract({ body: stalled, size: 100, name: 'a.txt' }, arriving.signal))
  setImmediate(() => arriving.abort(gone))
  await t.rejects(waits, gone)
  t.ok(stalled.destroyed, 'the body is let go')

  const reading = new AbortController()
  const body = Buffer.concat([endless(), endless()])
  await t.rejects(async () => {
    for await (const event of extract(input(body, 'a.txt'), reading.signal))
      if (event.type === 'chunks') reading.abort(gone)
  }, gone)
  t.same(await scratch(), [], 'no scratch file is left')
  t.match(await collect(extract(input(Buffer.from('fine'), 'a.txt'), never)), { read: 1 }, 'the pool goes on')
})

test('whoever stops taking events leaves nothing behind', async (t) => {
  const { extract } = extractor(t)
  for await (const event of extract(input(Buffer.concat([endless(), endless()]), 'a.txt'), never))
    if (event.type === 'chunks') break
  t.same(await scratch(), [])
  t.match(await collect(extract(input(Buffer.from('fine'), 'a.txt'), never)), { read: 1 })
})

test('a body that breaks ends the reading with its error', async (t) => {
  const { extract } = extractor(t)
  const broken = new Error('the disk is gone')
  const body = new Readable({
    read() {
      this.destroy(broken)
    },
  })
  await t.rejects(collect(extract({ body, size: 10, name: 'a.txt' }, never)), broken)
})

test('documents beyond the number of threads wait for their turn', async (t) => {
  const { extract } = extractor(t, { threads: 2 })
  const bodies = await Promise.all([handbookPdf(2), handbookPdf(3), handbookPdf(4)])
  const all = [...bodies.map(({ body }) => body), ...Array.from({ length: 9 }, (_, seed) => smallMarkdown(seed))]
  const read = await Promise.all(all.map((body) => collect(extract(input(body), never))))
  t.same(
    read.slice(0, 3).map((one) => one.read),
    [2, 3, 4],
  )
  t.ok(read.every((one) => one.read === one.indexed && one.read > 0))
})

test('closing ends what is being read, and nothing more is taken', async (t) => {
  const made = createExtractor({ ...defaults, threads: 1, timeoutMs: 60_000, memoryMb: 256 })
  await t.rejects(
    async () => {
      for await (const event of made.extract(input(endless(), 'a.txt'), never))
        if (event.type === 'chunks') void made.close()
    },
    { code: 'shutting_down' },
  )
  await made.close()
  await t.rejects(collect(made.extract(input(Buffer.from('x')), never)), { code: 'shutting_down' })
})

/** Quotations within quotations, which cost a parser more with every line. */
function quadratic(): Buffer {
  return Buffer.from(Array.from({ length: 3000 }, () => `${'> '.repeat(500)}*a **b`).join('\n'))
}

function inflatingPdf(bytes: number): Buffer {
  const { deflateSync } = process.getBuiltinModule('node:zlib')
  const stream = deflateSync(Buffer.alloc(bytes, ' '), { level: 9 })
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] /Contents 4 0 R >>',
  ]
  const head = `%PDF-1.4\n${objects.map((object, at) => `${at + 1} 0 obj\n${object}\nendobj\n`).join('')}`
  const open = `4 0 obj\n<< /Filter /FlateDecode /Length ${stream.length} >>\nstream\n`
  return Buffer.concat([
    Buffer.from(head + open),
    stream,
    Buffer.from('\nendstream\nendobj\ntrailer\n<< /Root 1 0 R >>\nstartxref\n0\n%%EOF'),
  ])
}

test('scratch files of a killed process are removed, and those that may be in use stay', async (t) => {
  const [old, young] = ['old', 'young'].map((name) => join(tmpdir(), `kass-extract-test-${process.pid}-${name}`))
  if (!old || !young) throw new Error('two files')
  t.teardown(() => Promise.all([old, young].map((file) => rm(file, { force: true }))))
  for (const file of [old, young]) await writeFile(file, 'x')
  await utimes(old, new Date(0), new Date(0))
  await removeLeftovers(60_000)
  t.equal(existsSync(old), false)
  t.equal(existsSync(young), true)
})
