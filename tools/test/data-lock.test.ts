import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { DataFolderBusy, lockDataFolder } from '../start/data-lock.ts'
import { identify, isAlive, outlive } from '../start/processes.ts'

const holder = join(import.meta.dirname, 'fake/lock-holder.ts')

async function holding(folder: string) {
  const child = spawn(process.execPath, [holder, folder], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  await once(child, 'message')
  return child
}

test('a second run on one data folder is refused, with the address of the first', async (t) => {
  const folder = t.testdir()
  const child = await holding(folder)
  t.teardown(() => child.kill('SIGKILL'))
  t.throws(() => lockDataFolder(folder), DataFolderBusy)
  t.throws(() => lockDataFolder(folder), { message: new RegExp(`process ${child.pid}, http://127.0.0.1:1`) })
})

test('the folder of a run that was killed is taken over, and its note is there to read', async (t) => {
  const folder = t.testdir()
  const child = await holding(folder)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const lock = lockDataFolder(folder)
  t.teardown(() => lock.release())
  t.equal(lock.before?.supervisor.pid, child.pid)
  t.equal(lock.before?.children.length, 1)
})

test('a folder is free again after its release, and nothing is left to wait for', (t) => {
  const folder = t.testdir()
  lockDataFolder(folder).release()
  const lock = lockDataFolder(folder)
  t.equal(lock.before, undefined)
  lock.release()
  t.end()
})

test('a note that is damaged does not keep anyone from starting', (t) => {
  const folder = t.testdir()
  writeFileSync(join(folder, 'run.json'), '{"supervisor": {"pid"')
  const lock = lockDataFolder(folder)
  t.equal(lock.before, undefined)
  lock.release()
  t.end()
})

test('a process number that was given to another process is not taken for the first', (t) => {
  const me = identify(process.pid)
  t.ok(me && isAlive(me))
  t.notOk(isAlive({ pid: process.pid, birth: 'long ago' }))
  t.end()
})

test('a process of a run before that does not end by itself is ended', async (t) => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  const one = identify(child.pid ?? 0)
  t.ok(one)
  const exit = once(child, 'exit')
  await outlive(one ? [one] : [], 0)
  t.equal((await exit)[1], 'SIGKILL')
})
