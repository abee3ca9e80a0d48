import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'tap'
import { diskCheck } from '../../../shared/adapters/filesystem/diagnose.ts'
import { clockCheck } from '../clock.ts'
import { doctor, faultsOf, portsOf, startedFolder } from './open.ts'

/** Nobody waits for the worker that is not there. */
const quick = { canaryMs: 50 }
const never = new AbortController().signal

test('every fault of the configuration is found, with what to do', async (t) => {
  const report = await doctor({ PORT: 'eighty', STORAGE: 'aws', AWS_REGION: 'eu-central-1' })
  const faults = faultsOf(report, 'configuration')
  t.match(
    faults.find((one) => one.includes('PORT=eighty')),
    /must be a whole number/,
  )
  t.match(
    faults.find((one) => one.includes('DOCUMENTS_BUCKET')),
    /-> Mend the setting/,
  )
  t.equal(report.checks.length, 1, 'nothing else can be looked at')
})

test('a folder that cannot be written to is found', { skip: !existsSync('/proc/self') && 'needs /proc' }, async (t) => {
  // Nobody can make a file there, not even root.
  const report = await doctor({ KASS_DATA: '/proc/kass' }, quick)
  t.match(faultsOf(report, 'disk'), [/^problem disk: \/proc cannot be written to .* -> .*KASS_DATA/])
})

test('a full disk is found, and one that fills up is mentioned', async (t) => {
  const folder = t.testdir({})
  const look = (free: number) =>
    diskCheck({ folder, setting: 'KASS_DATA', leastBytes: 1000, freeBytes: async () => free }).run(never)
  t.match(await look(999), [{ state: 'ok' }, { state: 'problem', action: /Make room/ }])
  t.match(await look(3_999), [{ state: 'ok' }, { state: 'warning' }])
  t.match(await look(4_000), [{ state: 'ok' }, { state: 'ok' }])
  t.strictSame(readdirSync(folder), [], 'nothing is left')
})

test('a folder without data is found, and stays as it was', async (t) => {
  const folder = t.testdir({})
  const faults = faultsOf(await doctor({ KASS_DATA: join(folder, 'data') }))
  t.match(
    faults.find((one) => one.includes(' database: ')),
    /there is no data/,
  )
  t.match(
    faults.find((one) => one.includes(' canary: ')),
    /no canary was sent/,
  )
  t.strictSame(readdirSync(folder), [])
})

test('a damaged database is found', async (t) => {
  const env = await startedFolder(t)
  const file = join(env.KASS_DATA ?? '', 'kass.db')
  truncateSync(file, 6_000)
  const faults = faultsOf(await doctor(env, quick), 'database')
  t.match(faults, [/(damaged|malformed|cannot be read).* -> Stop KASS and restore/])
  writeFileSync(file, 'This is no database at all, and quite a bit too short for one.')
  t.match(faultsOf(await doctor(env, quick), 'database'), [/cannot be read/])
})

test('a database of a newer release is found, and one of an older one mentioned', async (t) => {
  const env = await startedFolder(t)
  const raw = new DatabaseSync(join(env.KASS_DATA ?? '', 'kass.db'))
  t.teardown(() => raw.close())
  raw.exec('PRAGMA user_version = 1000')
  const faults = faultsOf(await doctor(env, quick))
  t.match(
    faults.find((one) => one.includes(' database: ')),
    /schema version 1000.* -> Run the release that wrote it/,
  )
  raw.exec('PRAGMA user_version = 1')
  const older = await doctor(env, quick)
  t.match(faultsOf(older, 'database'), [/^warning .*schema version 1 -> The next start upgrades it/])
  t.match(faultsOf(older, 'canary'), [/no canary was sent: its database is not of this release/])
  t.equal(raw.prepare('PRAGMA user_version').get()?.user_version, 1, 'the doctor upgrades nothing')
})

test('dead letters that wait are mentioned with their reason', async (t) => {
  const env = await startedFolder(t)
  const raw = new DatabaseSync(join(env.KASS_DATA ?? '', 'kass.db'))
  t.teardown(() => raw.close())
  const add = raw.prepare('INSERT INTO dead_jobs (body, reason, at) VALUES (?, ?, ?)')
  add.run('{"kind":"compare"}', 'long ago', 1)
  t.strictSame(faultsOf(await doctor(env, quick), 'dead letters'), [])
  add.run('{"kind":"sweep"}', 'the handler failed ten times', Date.now())
  t.match(faultsOf(await doctor(env, quick), 'dead letters'), [
    /^warning .*1 dead letters are waiting.*"sweep".*the handler failed ten times/,
  ])
})

test('vectors of other dimensions than the configured ones are found in the index', async (t) => {
  const settings = { EMBEDDER: 'openai-compatible', OPENAI_URL: 'http://127.0.0.1:9/v1', OPENAI_EMBEDDING_MODEL: 'm' }
  const env = await startedFolder(t, { ...settings, OPENAI_EMBEDDING_DIMENSIONS: '16' })
  const { index } = await portsOf(t, env)
  const about = {
    tenant: 'default',
    path: 'a',
    title: '',
    contentType: 'text/plain',
    groups: [],
    tags: [],
    metadata: {},
  }
  const chunk = { ordinal: 0, kind: 'text' as const, text: 'words', section: [], locator: 'lines 1', hash: 'h' }
  const info = { ...about, attempt: 'a1', documentId: 'doc_a', embedder: 'm/8' }
  await index.put(info, [{ ...chunk, vector: Float32Array.from({ length: 8 }, () => Math.sqrt(1 / 8)) }])
  t.match(faultsOf(await doctor(env, quick), 'index'), [
    /1 documents have vectors of 8 dimensions \(m\/8\).* set to 16/,
  ])
  t.strictSame(faultsOf(await doctor({ ...env, OPENAI_EMBEDDING_DIMENSIONS: '8' }, quick), 'index'), [])
})

test('a clock that is wrong is found by the date of any answer', async (t) => {
  const server = createServer((_, response) => response.writeHead(405).end())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const look = async (offMs: number) => {
    const clocks = [{ name: 'S3', url: `http://127.0.0.1:${port}` }]
    const [finding] = await clockCheck(clocks, () => Date.now() + offMs).run(never)
    return finding
  }
  t.match(await look(0), { state: 'ok' })
  t.match(await look(-120_000), { state: 'warning', message: /behind S3/ })
  t.match(await look(20 * 60_000), { state: 'problem', message: /1[12]\d\d s ahead of S3/, action: /NTP/ })
  t.match(await clockCheck([{ name: 'S3', url: 'http://127.0.0.1:9' }]).run(never), [{ message: /cannot be reached/ }])
})

test('the command ends with 1 when something is wrong, and its JSON says what', async (t) => {
  const command = join(import.meta.dirname, '../../kass.ts')
  const run = async (...args: string[]) => {
    const env = { PATH: process.env.PATH, KASS_DATA: join(t.testdirName, 'none') }
    const child = spawn(process.execPath, [command, 'doctor', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    const [code] = await once(child, 'close')
    return { code, out }
  }
  const people = await run()
  t.equal(people.code, 1)
  t.match(people.out, /^FAIL {2}database .*there is no data.*\n {6}-> Start KASS once/m)
  const machine = await run('--json')
  t.equal(machine.code, 1)
  t.match(JSON.parse(machine.out), { ok: false, state: 'problem', checks: Array })
})
