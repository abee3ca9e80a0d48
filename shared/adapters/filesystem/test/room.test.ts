import { readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { createRoom } from '../room.ts'

test('where there is room, asking leaves nothing behind', async (t) => {
  const folder = t.testdir()
  await createRoom(join(folder, 'probe')).check()
  t.same(readdirSync(folder), [])
})

test('where there is none, that is said with its code; any other fault is told as it is', async (t) => {
  const folder = t.testdir()
  const probe = join(folder, 'probe')
  symlinkSync('/dev/full', probe)
  await t.rejects(createRoom(probe).check(), { code: 'storage_full', status: 507 })
  // The probe is gone, link or not: there is room again.
  await createRoom(probe).check()
  await t.rejects(createRoom(join(folder, 'nowhere/probe')).check(), { code: 'ENOENT' })
})
