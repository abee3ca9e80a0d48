import { test } from 'tap'
import { phases, totalsIn } from '../integration/phases.ts'

test('totals are read as tap writes them, and as our own commands do; the last ones count', async (t) => {
  t.same(totalsIn('# { total: 29, pass: 26, fail: 3 }\n# time=3ms\n'), { passed: 26, failed: 3 })
  t.same(totalsIn('# { total: 5, pass: 5 }\n'), { passed: 5, failed: 0 })
  t.same(totalsIn('1 passed, 1 failed\nmore\n7 passed, 2 failed\n'), { passed: 7, failed: 2 })
  t.same(totalsIn('it broke\n'), { passed: 0, failed: 0 })
})

test('every phase of the integration tests has something to run', async (t) => {
  for (const { name, files, command } of phases) t.ok((files?.length ?? 0) + (command?.length ?? 0) > 0, name)
})
