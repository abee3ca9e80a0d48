import { createHash } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { Test } from 'tap'
import { test } from 'tap'
import { createRequests } from '../requests.ts'
import { domainOptions } from './open.ts'

/** Tells what it was asked, and by whom. */
async function listener(t: Test) {
  const asked: { url: string; headers: IncomingHttpHeaders; body: Buffer }[] = []
  const server = createServer(async (request, response) => {
    asked.push({ url: request.url ?? '', headers: request.headers, body: await buffer(request) })
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { asked, url: `http://127.0.0.1:${address.port}` }
}

function withCredentials(t: Test): void {
  const before = { ...process.env }
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: 'secret' })
  t.teardown(() => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  })
}

for (const [dialect, service] of [
  ['domain', 'es'],
  ['serverless', 'aoss'],
] as const) {
  test(`requests to a ${dialect} are signed for ${service}, the hash of their body included`, async (t) => {
    withCredentials(t)
    const { asked, url } = await listener(t)
    const requests = createRequests(domainOptions({ url, dialect, auth: 'sigv4', region: 'eu-central-1' }))
    t.teardown(() => requests.close())
    await requests.send({ method: 'POST', path: '/x/_bulk', lines: '{"index":{}}\n{"text":"Häuser"}\n' })
    await requests.send({ method: 'GET', path: '/x/_mapping' })
    t.equal(asked.length, 2)
    for (const { headers, body } of asked) {
      const authorization = String(headers.authorization)
      t.match(authorization, new RegExp(`Credential=AKIATEST/\\d{8}/eu-central-1/${service}/aws4_request`))
      t.match(authorization, /SignedHeaders=[^,]*host[^,]*x-amz-content-sha256/)
      t.equal(headers['x-amz-content-sha256'], createHash('sha256').update(body).digest('hex'))
    }
  })
}

test('requests carry a name and a password, or nothing', async (t) => {
  const { asked, url } = await listener(t)
  for (const auth of ['basic', 'none'] as const) {
    const requests = createRequests(domainOptions({ url, auth, username: 'kass', password: 'pass word' }))
    await requests.send({ method: 'GET', path: '/x' })
    await requests.close()
  }
  t.same(
    asked.map(({ headers }) => headers.authorization),
    [`Basic ${Buffer.from('kass:pass word').toString('base64')}`, undefined],
  )
})
