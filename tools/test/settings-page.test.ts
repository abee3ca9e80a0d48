import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'

const root = join(import.meta.dirname, '../..')

test('docs/settings.md is what kass config --markdown prints', async (t) => {
  const { stdout } = spawnSync(process.execPath, [join(root, 'tools/kass.ts'), 'config', '--markdown'], {
    encoding: 'utf8',
  })
  const page = readFileSync(join(root, 'docs/settings.md'), 'utf8')
  t.ok(stdout.length > 1000)
  t.ok(page.endsWith(stdout), 'run: ./kass config --markdown')
})
