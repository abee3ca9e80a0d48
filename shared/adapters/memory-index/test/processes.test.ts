import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Test, test } from 'tap'
import { keys, query } from '../../../test/contracts/search-index/corpus.ts'
import { indexFile, openIndex } from './open.ts'

function startPutting(t: Test, file: string, name: string, count: number): ChildProcess {
  const script = join(import.meta.dirname, 'children/put.ts')
  const child = spawn(process.execPath, [script, file, name, String(count)], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

async function* linesOf(child: ChildProcess): AsyncGenerator<string> {
  if (!child.stdout) throw new Error('the process has no output')
  yield* createInterface({ input: child.stdout })
}

test('what another process has put is found by the next search, and what it removed is not', async (t) => {
  const file = indexFile(t)
  const index = openIndex(t, file)
  await index.ready()
  let said = 0
  for await (const attempt of linesOf(startPutting(t, file, 'a', 30))) {
    const { text, vector } = await keys(index, query('apple'))
    const removed = said++ % 3 === 0
    for (const found of [text, vector]) {
      t.equal(found.filter((key) => key.startsWith(`${attempt}:`)).length, removed ? 0 : 10, attempt)
    }
  }
  t.equal(said, 30)
})

test('two processes put and remove at once while a third searches, and nothing is lost or doubled', async (t) => {
  const file = indexFile(t)
  const index = openIndex(t, file)
  await index.ready()
  const children = [startPutting(t, file, 'a', 40), startPutting(t, file, 'b', 40)]
  const exits = Promise.all(children.map((child) => once(child, 'exit')))
  for (const child of children) child.stdout?.resume()
  let over = false
  exits.finally(() => (over = true))
  while (!over) {
    const { text } = await keys(index, query('apple'))
    t.equal(new Set(text).size, text.length)
  }
  t.same(await exits, [
    [0, null],
    [0, null],
  ])
  const { text, vector } = await keys(index, query('apple'))
  const wanted = ['a', 'b'].flatMap((name) =>
    Array.from({ length: 40 }, (_, n) => n)
      .filter((n) => n % 3 !== 0)
      .flatMap((n) => Array.from({ length: 10 }, (_, i) => `${name}${n}:${i}`)),
  )
  t.same(text.toSorted(), wanted.toSorted())
  t.same(vector.toSorted(), wanted.toSorted())
})

test('what a killed process had committed is found, whole transactions only', async (t) => {
  const file = indexFile(t)
  const child = startPutting(t, file, 'a', 1000)
  let said = 0
  for await (const _ of linesOf(child)) if (++said === 5) break
  const dead = once(child, 'exit')
  child.kill('SIGKILL')
  await dead
  const index = openIndex(t, file)
  const { text } = await keys(index, query('apple'))
  t.ok(text.length >= 30 && text.length % 10 === 0)
  let counted = 0
  for await (const one of index.attempts()) counted += one.chunks
  t.equal(counted, text.length)
  for (const attempt of new Set(text.map((key) => key.split(':')[0] ?? ''))) await index.remove(attempt)
  t.same(await keys(index, query('apple')), { text: [], vector: [] })
})
