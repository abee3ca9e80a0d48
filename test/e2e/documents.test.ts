import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import { covers } from '../fixtures/fact.ts'
import { writeFixtures } from '../fixtures/write.ts'
import { anyServer } from './server.ts'

test('real documents go in by the command line, and questions are answered from the right place', async (t) => {
  const server = await anyServer(t)
  const folder = mkdtempSync(join(tmpdir(), 'kass-documents-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const fixtures = await writeFixtures(folder)

  const ingested = await server.kass('ingest', folder, '--path-prefix', 'e2e/', '--json')
  t.equal(ingested.code, 0, ingested.stderr)
  t.match(JSON.parse(ingested.stdout), { total: 5, uploaded: 5, failed: 0, unsupported: 0 })

  const { body: list } = await server.call('GET', '/documents?prefix=e2e/&limit=50')
  for (const { name } of fixtures) {
    await t.test(`${name} is ready and everything in it is accounted for`, async (t) => {
      const summary = list.items.find((item: { path: string }) => item.path === `e2e/${name}`)
      const { body } = await server.call('GET', `/documents/${summary.id}`)
      t.equal(body.status, 'ready')
      const { read, indexed, rejected, chunks } = body.accounting
      t.ok(read > 0 && chunks > 0)
      t.equal(read, indexed + rejected)
    })
  }

  for (const { name, facts } of fixtures) {
    for (const { question, answerContains, locator } of facts) {
      await t.test(`${question} (${name}, ${locator})`, async (t) => {
        const { status, body } = await server.call('POST', '/chat', { message: question })
        t.equal(status, 200)
        const [first] = body.citations
        t.equal(first?.path, `e2e/${name}`, body.answer)
        t.ok(
          covers(first?.locator ?? '', locator) || covers(locator, first?.locator ?? ''),
          `${first?.locator} ~ ${locator}`,
        )
        t.match(body, { grounded: true })
        // The words of the fact, however the answer sets them: a row is shown with its header.
        for (const word of answerContains.match(/[\p{L}\p{N}]+/gu) ?? [])
          t.ok(body.answer.includes(word), `${word} in ${body.answer}`)
        const found = await server.call('POST', '/search', { query: question, limit: 5 })
        const [best] = found.body.results
        t.ok(best?.text.includes(answerContains), best?.text)
        t.equal(best?.path, `e2e/${name}`)
        t.ok(covers(best?.locator ?? '', locator), `${best?.locator} covers ${locator}`)
      })
    }
  }

  await t.test('going in again changes nothing', async (t) => {
    const again = await server.kass('ingest', folder, '--path-prefix', 'e2e/', '--json')
    t.match(JSON.parse(again.stdout), { total: 5, uploaded: 0, unchanged: 5, failed: 0 })
  })

  await t.test('a question that the documents do not answer says so', async (t) => {
    const { body } = await server.call('POST', '/chat', { message: 'Who won the football world cup in 1954?' })
    t.match(body, { grounded: false, citations: [] })
  })

  await t.test('the questions that the README and the API description set as examples are answered', async (t) => {
    const { body: description } = await server.call('GET', '/openapi.json')
    const { example } = description.paths['/chat'].post.requestBody.content['application/json']
    const shown = [...readFileSync('README.md', 'utf8').matchAll(/"message":"([^"]+)"/g)].map(([, message]) => message)
    t.ok(shown.length > 0 && typeof example.message === 'string')
    for (const message of [...shown, example.message]) {
      const { body } = await server.call('POST', '/chat', { message })
      t.match(body, { grounded: true }, message)
    }
  })

  await t.test('a greeting is answered, with what is in the base', async (t) => {
    const { body } = await server.call('POST', '/chat', { message: 'Hello, what can you help me with?' })
    t.match(body.route, /greeting|help/)
    t.match(body.answer, /document/i)
  })
})

test('a document of many megabytes goes up whole, and comes back byte for byte', async (t) => {
  const server = await anyServer(t)
  t.equal((await server.call('GET', '/ready')).status, 200)
  const word = `megapode${Date.now()}`
  const comment = `<!-- ${'nothing to be seen here '.repeat(400_000)} -->`
  const page = `<!doctype html><html><head><title>Birds</title></head><body>${comment}<p>The ${word} builds mounds.</p></body></html>`
  const uploaded = await server.upload(`e2e/${word}.html`, page)
  t.equal(uploaded.status, 202, JSON.stringify(uploaded.body))
  const { id } = uploaded.body
  const ready = await server.settled(id, 'ready', 'failed')
  t.match(ready, { status: 'ready', size: page.length })
  const { body: content } = await server.call('GET', `/documents/${id}/content`)
  t.ok(content === page, 'the same bytes')
  const { body } = await server.call('POST', '/search', { query: word })
  t.match(body.results[0], { document_id: id, text: new RegExp(word) })
})
