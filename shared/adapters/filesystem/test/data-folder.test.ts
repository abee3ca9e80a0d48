import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { openDataFolder } from '../data-folder.ts'

const modeOf = (folder: string) => statSync(folder).mode & 0o7777

test('a data folder is for its owner alone, whether it is new, empty or one of an earlier release', async (t) => {
  const folder = t.testdir()
  const made = join(folder, 'new')
  openDataFolder(made)
  t.equal(modeOf(made), 0o700)
  for (const names of [[], ['kass.db', 'objects']]) {
    const found = join(folder, `found-${names.length}`)
    mkdirSync(found)
    chmodSync(found, 0o755)
    for (const name of names) writeFileSync(join(found, name), '')
    openDataFolder(found)
    t.equal(modeOf(found), 0o700)
  }
})

test('a folder that is shared, or was used for something else, stays as it is', async (t) => {
  const folder = t.testdir({ shared: { 'kass.db': '' }, other: { 'letter.txt': '' } })
  chmodSync(join(folder, 'shared'), 0o1777)
  chmodSync(join(folder, 'other'), 0o755)
  openDataFolder(join(folder, 'shared'))
  openDataFolder(join(folder, 'other'))
  t.equal(modeOf(join(folder, 'shared')), 0o1777)
  t.equal(modeOf(join(folder, 'other')), 0o755)
})
