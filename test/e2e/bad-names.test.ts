import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Test, test } from 'tap'
import { isProblem, undisturbed } from './bystander.ts'
import { exchange, post } from './raw.ts'
import { startServer } from './server.ts'

const boundary = 'XXXX'
const multipart = `multipart/form-data; boundary=${boundary}`
const filePart = (fileName: string, content = 'Some words.\n') =>
  `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${fileName}"\r\n\r\n${content}\r\n`
const fieldPart = (name: string, value: string) =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
const end = `--${boundary}--\r\n`

test('names, addresses and forms that are not what they should be', async (t) => {
  const server = await startServer(t)
  const bad = (name: string, trouble: (t: Test) => Promise<unknown>) =>
    t.test(name, (t) => undisturbed(t, server, () => trouble(t)))

  await bad('no name leads out of the data folder', async (t) => {
    const word = `kass-escape-${process.pid}`
    const paths = [
      `../${word}`,
      `../../../../../../../../tmp/${word}`,
      `a/../../${word}`,
      `a/./${word}`,
      `/tmp/${word}`,
      `//${word}`,
      `..\\..\\${word}`,
      `C:\\${word}`,
      `a/\u0000/${word}`,
      `${word}\u0000.md`,
      `t/other/${word}`,
      `t/default/${word}`,
      `a//${word}`,
      `${word}/`,
      '..',
      '.',
      '/',
      `${'x'.repeat(901)}`,
      `${word}\r\n.md`,
    ]
    for (const path of paths) {
      const body = filePart('a.md') + fieldPart('path', path) + end
      isProblem(t, await post(server, '/documents', multipart, body), 400, 'invalid_path', 'path')
    }
    for (const path of paths) {
      const answer = await post(server, '/documents', multipart, filePart(path) + end)
      if (answer.status === 400) isProblem(t, answer, 400, answer.body.code)
      else
        t.match(
          answer,
          { status: /^20[02]$/, body: { path: /^[^/\\]+$/ } },
          `only the last part of ${JSON.stringify(path)}`,
        )
      t.not(answer.body.path, '..')
    }
    const { folder } = server
    const inside = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    t.notOk(
      inside.some((name) => name.includes(word)),
      'nothing is stored under a name of the caller',
    )
    const places = [folder, ...inside.map((name) => join(folder, name)), process.cwd()]
    const outside = paths.filter((path) => path.includes(word) && !path.includes('\0'))
    for (const place of places)
      for (const path of outside) if (existsSync(resolve(place, path))) t.fail(`${path} was written below ${place}`)
  })

  await bad('no address leads to a file of the server', async (t) => {
    const host = new URL(server.url).host
    for (const address of [
      '/../../../../etc/passwd',
      '/docs/../../../../etc/passwd',
      '/docs/static/../../../package.json',
      '/docs/static/%2e%2e/%2e%2e/package.json',
      '/docs/static/..%2f..%2fpackage.json',
      '/docs/static/..%5c..%5cpackage.json',
      '/documents/..%2f..%2fkass.db/content',
      '/documents/%00/content',
      '//etc/passwd',
    ]) {
      const answer = await exchange(server, `GET ${address} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
      t.match(answer.status, /^(400|403|404)$/, `${address}: ${answer.status}`)
      t.notMatch(JSON.stringify(answer.body), /root:|"dependencies"/)
      t.match(answer.headers.get('content-type'), /^application\/problem\+json/, address)
    }
    isProblem(t, await server.call('GET', '/documents/%ff'), 400, 'invalid_request')
  })

  await bad('a form that is broken is refused', async (t) => {
    const whole = filePart('a.md') + end
    const forms: [name: string, type: string, body: string | Uint8Array<ArrayBuffer>, status: number, code: string][] =
      [
        ['nothing', multipart, '', 400, 'missing_file'],
        ['no boundary', 'multipart/form-data', whole, 400, 'invalid_request'],
        ['another boundary', 'multipart/form-data; boundary=YYYY', whole, 400, 'invalid_request'],
        ['an end in the middle of the file', multipart, filePart('a.md'), 400, 'invalid_request'],
        ['an end in a header', multipart, filePart('a.md').slice(0, 40), 400, 'invalid_request'],
        ['bytes that are no form', multipart, new Uint8Array(5000).fill(0xff), 400, 'invalid_request'],
        ['JSON', multipart, '{"file": "x"}', 400, 'invalid_request'],
        ['no file', multipart, fieldPart('path', 'a.md') + end, 400, 'missing_file'],
        ['a file without a name', multipart, fieldPart('file', 'words') + end, 400, 'missing_file'],
        ['two files', multipart, filePart('a.md') + whole, 400, 'invalid_request'],
        [
          'another field with a file',
          multipart,
          filePart('a.md').replace('"file"', '"other"') + end,
          400,
          'unknown_field',
        ],
        [
          'a field twice',
          multipart,
          fieldPart('path', 'a.md') + fieldPart('path', 'b.md') + whole,
          400,
          'invalid_request',
        ],
        ['a thousand fields', multipart, fieldPart('tags', 'x').repeat(1000) + whole, 413, 'payload_too_large'],
        ['a field of 20 KB', multipart, fieldPart('title', 'x'.repeat(20_000)) + whole, 400, 'invalid_request'],
        ['metadata that is no JSON', multipart, fieldPart('metadata', '{') + whole, 400, 'invalid_metadata'],
        ['metadata that is a list', multipart, fieldPart('metadata', '[1]') + whole, 400, 'invalid_metadata'],
        ['no form at all', 'application/json', '{"file": "x"}', 415, 'unsupported_media_type'],
      ]
    for (const [name, type, body, status, code] of forms) {
      await t.test(name, async (t) => isProblem(t, await post(server, '/documents', type, body), status, code))
    }
  })
})
