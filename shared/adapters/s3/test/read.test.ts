import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { test } from 'tap'
import { resumable } from '../read.ts'

/** A connection that gives some bytes and is cut, or ends. */
function connection(bytes: Buffer, cut: boolean): Readable {
  return Readable.from(
    (function* () {
      yield bytes
      if (cut) throw new Error('the connection was cut')
    })(),
    { objectMode: false },
  )
}

const never = async (): Promise<never> => {
  throw new Error('nothing was to be taken up again')
}

test('wherever connections are cut, and whether ranges are heeded or not, the bytes are those of the object', async (t) => {
  const cuts = fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 1000 }), cuts, fc.boolean(), async (given, lengths, heeds) => {
      const whole = Buffer.from(given)
      const next = (offset: number) => {
        const length = lengths.shift()
        const from = heeds ? offset : 0
        const to = length === undefined ? whole.length : Math.min(whole.length, offset + length)
        return { body: connection(whole.subarray(from, to), to < whole.length), from }
      }
      const first = next(0).body
      const read = resumable(first, { size: whole.length, silenceMs: 60_000, open: async (offset) => next(offset) })
      if (!(await buffer(read)).equals(whole)) throw new Error('these are other bytes')
    }),
  )
  t.pass('they are')
})

test('a connection that ends too early without an error is taken up again like one that is cut', async (t) => {
  const open = async (from: number) => ({ body: connection(Buffer.from('lo'), false), from })
  const read = resumable(connection(Buffer.from('hel'), false), { size: 5, silenceMs: 60_000, open })
  t.equal((await buffer(read)).toString(), 'hello')
})

test('what is taken up again and again without a byte ends with a coded error', async (t) => {
  let opened = 0
  const open = async (from: number) => {
    opened++
    return { body: connection(Buffer.alloc(0), true), from }
  }
  const read = resumable(connection(Buffer.from('he'), true), { size: 5, silenceMs: 60_000, open })
  await t.rejects(buffer(read), { code: 'storage_unavailable' })
  t.equal(opened, 3)
})

test('bytes that are all there but not those that were stored are an error, and not asked for again', async (t) => {
  const read = resumable(connection(Buffer.from('hello'), true), { size: 5, silenceMs: 60_000, open: never })
  await t.rejects(buffer(read), { code: 'storage_unavailable' })
})

test('nobody who reads slowly, or not at all, is taken for a silent connection', async (t) => {
  const source = new Readable({ read() {} })
  const read = resumable(source, { size: 200_000, silenceMs: 5, open: never })
  source.push(Buffer.alloc(100_000))
  source.push(Buffer.alloc(100_000))
  source.push(null)
  // Far more than the silence that is allowed passes between two reads, whatever the machine is doing.
  const pause = () => new Promise((resolve) => setTimeout(resolve, 25))
  let size = 0
  for await (const chunk of read) {
    size += chunk.length
    await pause()
  }
  t.equal(size, 200_000)
})

test('who stops reading ends the connection', async (t) => {
  const source = new Readable({ read() {} })
  const read = resumable(source, { size: 10, silenceMs: 60_000, open: never })
  read.destroy()
  t.equal(source.destroyed, true)
})
