import { join } from 'node:path'
import { test } from 'tap'
import { derivedStoreContract } from '../../../test/contracts/derived-store.ts'
import { createFilesystemDerived } from '../derived.ts'
import { countFiles } from './open.ts'

derivedStoreContract('filesystem', async (t) => {
  const folder = t.testdir({})
  return { derived: createFilesystemDerived({ folder }), other: createFilesystemDerived({ folder }) }
})

test('filesystem: no key leads out of the folder', async (t) => {
  const folder = t.testdir({ inside: {} })
  const derived = createFilesystemDerived({ folder: join(folder, 'inside') })
  const keys = ['../escaped', '../../escaped', '..', '.', '/escaped', 'a/../../escaped', '..\\escaped', '']
  for (const key of keys) await derived.put(key, 'x')
  t.equal(countFiles(folder), keys.length)
  t.equal(countFiles(join(folder, 'inside')), keys.length)
})

test('filesystem: a write that fails leaves no draft behind', async (t) => {
  const folder = t.testdir({})
  const derived = createFilesystemDerived({ folder })
  const tooLong = 'x'.repeat(2 ** 20)
  await derived.put(tooLong, 'a long key is no trouble')
  const cycle = { toString: () => 'x' }
  // @ts-expect-error a body must be text or bytes
  await t.rejects(derived.put('a', cycle))
  t.equal(countFiles(folder), 1)
})
