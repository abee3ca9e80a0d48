import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { eventually, startServer } from './server.ts'

const mount = (...args: string[]) => execFileSync('mount', args, { stdio: 'pipe' })

/** A small disk of its own; undefined where such a thing may not be made. */
function smallDisk(t: Test): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'kass-small-disk-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  try {
    mount('-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', folder)
  } catch {
    return undefined
  }
  t.teardown(() => execFileSync('umount', [folder]))
  return folder
}

test('a full disk is told by a code and by readiness, loses nothing, and all is well when there is room again', async (t) => {
  const disk = process.env.API_URL ? undefined : smallDisk(t)
  if (disk === undefined) {
    t.pass('no small disk can be mounted here', { skip: 'it needs root' })
    return
  }
  const server = await startServer(t, { KASS_DATA: join(disk, 'data') })
  const note = await server.upload('note.md', '# Boathouse\n\nThe spare key hangs behind the barometer.\n')
  await server.settled(note.body.id, 'ready')
  const large = 'no room for this\n'.repeat(200_000)
  const refused = await eventually('the disk to be full', async () => {
    const { status, body } = await server.upload(`large-${Math.random()}.txt`, large)
    return status === 202 ? undefined : { status, body }
  })
  t.match(refused, { status: 507, body: { code: 'storage_full' } })
  const red = await eventually('readiness to be red', async () => {
    const { status, body } = await server.call('GET', '/ready')
    return status === 503 ? body : undefined
  })
  t.match(
    red.checks.find(({ name }: { name: string }) => name === 'room'),
    { ok: false, error: /disk of the server is full/ },
  )
  t.equal((await server.call('GET', `/documents/${note.body.id}/content`)).status, 200)
  mount('-o', 'remount,size=200m', disk)
  await eventually('readiness', async () => ((await server.call('GET', '/ready')).status === 200 ? true : undefined))
  const after = await server.upload('after.md', '# After\n\nThere is room again.\n')
  t.equal(after.status, 202)
  await server.settled(after.body.id, 'ready')
  t.equal((await server.call('DELETE', `/documents/${note.body.id}`)).status, 202)
})
