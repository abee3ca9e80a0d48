import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { smallMarkdown } from '../fixtures/prose.ts'
import { isProblem, undisturbed } from './bystander.ts'
import { formBegin, formEnd, headOf, multipart, pour, retryAfter, startWithKeys } from './flood.ts'
import { answerOn, open } from './raw.ts'
import { eventually } from './server.ts'

const mebi = 2 ** 20

function filesIn(folder: string): { name: string; size: number }[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return names.flatMap((name) => {
    const found = statSync(join(folder, name), { throwIfNoEntry: false })
    return found?.isFile() ? [{ name, size: found.size }] : []
  })
}

test('uploads of 200 MB are refused, wherever their size shows', async (t) => {
  const { server, flooder, caller } = await startWithKeys(t)
  const total = 200 * mebi
  const piece = Buffer.alloc(mebi, 'All work and no play makes Jack a dull boy.\n')

  await t.test('at once where it stands in the header', (t) =>
    undisturbed(
      t,
      server,
      async () => {
        const socket = open(server)
        t.teardown(() => socket.destroy())
        socket.write(headOf(flooder, '/documents', multipart, `content-length: ${total}`))
        isProblem(t, await answerOn(socket), 413, 'payload_too_large')
        // A client that goes on all the same costs no memory.
        await pour(socket, piece, total, () => false)
      },
      { caller },
    ),
  )

  await t.test('as soon as the limit is passed where it comes without one', (t) =>
    undisturbed(
      t,
      server,
      async () => {
        const socket = open(server)
        t.teardown(() => socket.destroy())
        socket.write(headOf(flooder, '/documents', multipart, 'transfer-encoding: chunked'))
        let answered = false
        const answer = answerOn(socket).finally(() => {
          answered = true
        })
        const begin = formBegin('large.md')
        socket.write(`${begin.length.toString(16)}\r\n${begin}\r\n`)
        const chunk = Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')])
        const sent = await pour(socket, chunk, total, () => answered)
        isProblem(t, await answer, 413, 'payload_too_large')
        t.ok(sent > 100 * mebi && sent < 150 * mebi, `answered after ${Math.round(sent / mebi)} MiB of 200`)
      },
      { caller },
    ),
  )
  t.strictSame(
    filesIn(server.folder).filter(({ size }) => size > 50 * mebi),
    [],
    'nothing of it is left',
  )

  await t.test('very many uploads at once are taken or told to come back, and all get in', (t) =>
    undisturbed(
      t,
      server,
      async () => {
        const sockets = Array.from({ length: 300 }, () => open(server))
        t.teardown(() => {
          for (const socket of sockets) socket.destroy()
        })
        const answers = sockets.map((socket, at) => {
          const begin = formBegin(`many/${at}.md`)
          socket.write(
            headOf(flooder, '/documents', multipart, `content-length: ${begin.length + formEnd.length}`) + begin,
          )
          return answerOn(socket)
        })
        // All are under way before the first of them ends.
        await Promise.race(answers)
        for (const socket of sockets) socket.write(formEnd)
        let taken = 0
        for (const [at, answer] of (await Promise.all(answers)).entries()) {
          if (answer.status === 202) taken++
          else {
            isProblem(t, answer, 503, 'overloaded')
            t.ok(retryAfter(answer) >= 1)
          }
          const again = await flooder.upload(`many/${at}.md`, smallMarkdown(at))
          t.equal(again.status, 202)
        }
        t.ok(taken > 0 && taken < 300, `${taken} at first`)
        const list = '/documents?prefix=many/&limit=200&status=ready'
        await eventually('all of them to be ready', async () => {
          const { body: page } = await flooder.call('GET', list)
          if (!page.cursor) return undefined
          const { body: rest } = await flooder.call('GET', `${list}&cursor=${encodeURIComponent(page.cursor)}`)
          return page.items.length + rest.items.length === 300 ? true : undefined
        })
      },
      { caller },
    ),
  )

  await t.test('uploads that break off leave nothing', async (t) => {
    const part = 4 * mebi
    const parts = () =>
      filesIn(server.folder).filter(({ name, size }) => size >= part - mebi && !/\.db/.test(name)).length
    await undisturbed(
      t,
      server,
      async () => {
        const sockets = Array.from({ length: 20 }, () => open(server))
        for (const socket of sockets) {
          socket.write(headOf(flooder, '/documents', multipart, 'content-length: 9000000') + formBegin('broken-off.md'))
          await pour(socket, piece, part, () => false)
        }
        await eventually('all of them to arrive', async () => parts() === 20 || undefined)
        for (const socket of sockets) socket.destroy()
        await eventually('all of them to be cleared away', async () => parts() === 0 || undefined)
      },
      { caller },
    )
    t.match((await flooder.call('GET', '/documents?prefix=broken-off')).body, { items: [] })
  })
})
