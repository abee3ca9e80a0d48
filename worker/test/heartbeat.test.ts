import { existsSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { startHeartbeat } from '../heartbeat.ts'

const silent = { error: () => {} }

test('the heartbeat is there at once, goes on, and is gone at the end', async (t) => {
  const folder = t.testdir()
  const file = join(folder, 'heartbeat')
  const end = startHeartbeat({ file, everyMs: 5, logger: silent })
  t.ok(Date.parse(readFileSync(file, 'utf8')) <= Date.now())
  const again = Promise.withResolvers<void>()
  const watcher = watch(folder, () => {
    if (existsSync(file)) again.resolve()
  })
  t.teardown(() => watcher.close())
  rmSync(file)
  await again.promise
  end()
  t.notOk(existsSync(file))
})

test('a heartbeat that cannot be written is said once and stops nothing', async (t) => {
  const folder = t.testdir()
  const blocked = join(folder, 'blocked')
  writeFileSync(blocked, '')
  const said: unknown[] = []
  const tries = Promise.withResolvers<void>()
  const file = join(blocked, 'heartbeat')
  const end = startHeartbeat({ file, everyMs: 1, logger: { error: (about: unknown) => void said.push(about) } })
  t.equal(said.length, 1)
  const watcher = watch(folder, () => {
    if (existsSync(file)) tries.resolve()
  })
  t.teardown(() => watcher.close())
  rmSync(blocked)
  await tries.promise
  end()
  t.equal(said.length, 1)
})
