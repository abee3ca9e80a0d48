import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { type Test, test } from 'tap'

const lock = {
  packages: { '': {}, 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '1.0.0', dev: true } },
}

/** Stands in for npm: writes down how it was called, and leaves what `npm ci` leaves. */
const fakeNpm = `#!${process.execPath}
const fs = require('node:fs')
fs.appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n')
if (fs.existsSync('npm-fails')) { console.log('no network'); process.exit(7) }
fs.rmSync('node_modules', { recursive: true, force: true })
fs.mkdirSync('node_modules/.bin', { recursive: true })
const tap = 'node_modules/.bin/tap'
fs.writeFileSync(tap, '#!/bin/sh\\necho tap "$@" >> npm-calls\\n')
fs.chmodSync(tap, 0o755)
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
const { packages } = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'))
if (process.argv.includes('--omit=dev')) for (const [k, v] of Object.entries(packages)) if (v.dev) delete packages[k]
fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages }))
`

function project(t: Test) {
  const root = t.testdir({ tools: {}, path: { npm: fakeNpm }, 'package-lock.json': JSON.stringify(lock) })
  chmodSync(join(root, 'path/npm'), 0o755)
  copyFileSync(join(import.meta.dirname, '../setup.cjs'), join(root, 'tools/setup.cjs'))
  const setUp = async (...args: string[]) => {
    const child = spawn(process.execPath, [join(root, 'tools/setup.cjs'), ...args], {
      env: {
        ...process.env,
        PATH: [join(root, 'path'), dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
      },
      stdio: ['ignore', 'inherit', 'pipe'],
    })
    let output = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
    const [code] = await once(child, 'close')
    return { code, output }
  }
  const calls = () => {
    const file = join(root, 'npm-calls')
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
  }
  return { root, setUp, calls }
}

test('a fresh clone is installed once, without what only tests need, and said in one line', async (t) => {
  const { setUp, calls } = project(t)
  const { code, output } = await setUp()
  t.equal(code, 0)
  t.match(output, /^Set-up: installing packages \(npm ci --omit=dev\) … done in \d+\.\d s\n$/)
  t.same(await setUp(), { code: 0, output: '' })
  t.equal(calls().length, 1)
  t.match(calls()[0], /^ci --omit=dev --include=optional/)
})

test('tests need the rest, which is enough for a start too', async (t) => {
  const { setUp, calls } = project(t)
  await setUp()
  await setUp('--dev')
  await setUp()
  await setUp('--dev')
  t.match(calls(), [/^ci --omit=dev/, /^ci --include=dev/, /^tap build$/])
  t.equal(calls().length, 3)
})

test('a changed lock file is installed again', async (t) => {
  const { root, setUp, calls } = project(t)
  await setUp()
  const newer = { packages: { ...lock.packages, 'node_modules/a': { version: '1.0.1' } } }
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify(newer))
  await setUp()
  t.equal(calls().length, 2)
})

test('an install that was cut short is done again', async (t) => {
  const { root, setUp, calls } = project(t)
  mkdirSync(join(root, 'node_modules/a'), { recursive: true })
  t.equal((await setUp()).code, 0)
  t.equal(calls().length, 1)
})

test('what somebody installed by hand is taken as it is', async (t) => {
  const { root, setUp, calls } = project(t)
  await setUp()
  rmSync(join(root, 'node_modules/.kass-setup.json'))
  await setUp()
  t.equal(calls().length, 1)
})

test('two set-ups at once install once', async (t) => {
  const { setUp, calls } = project(t)
  const both = await Promise.all([setUp(), setUp()])
  t.same(
    both.map(({ code }) => code),
    [0, 0],
  )
  t.equal(calls().length, 1)
})

test('a failure is loud, tells what npm said, and is tried again the next time', async (t) => {
  const { root, setUp, calls } = project(t)
  writeFileSync(join(root, 'npm-fails'), '')
  const { code, output } = await setUp()
  t.equal(code, 1)
  t.match(output, /Set-up failed: npm ended with 7\.\nno network/)
  rmSync(join(root, 'npm-fails'))
  t.equal((await setUp()).code, 0)
  t.equal(calls().length, 2)
})
