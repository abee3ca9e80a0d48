import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'undici'
import type { DocumentPage } from '../cli/documents.ts'
import type { BenchFile } from './files.ts'

const boundary = 'kass-bench-7f3b9c'

function form({ path, bytes }: BenchFile): Buffer {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="path"\r\n\r\n${path}\r\n--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\ncontent-type: application/octet-stream\r\n\r\n`
  return Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)])
}

async function upload(client: Client, file: BenchFile): Promise<void> {
  const { statusCode, body } = await client.request({
    method: 'POST',
    path: '/documents',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: form(file),
  })
  const text = await body.text()
  if (statusCode !== 202)
    throw new Error(`the upload of ${file.path} was answered ${statusCode}: ${text.slice(0, 300)}`)
}

/** Whether a document is in a state, asked with as little work for the server as possible. */
async function has(client: Client, status: string): Promise<boolean> {
  const { body } = await client.request({ method: 'GET', path: `/documents?status=${status}&limit=1` })
  const page = await body.json()
  if (!isPage(page)) throw new Error('the list of documents is not one')
  return page.items.length > 0
}

function isPage(value: unknown): value is DocumentPage {
  return typeof value === 'object' && value !== null && 'items' in value && Array.isArray(value.items)
}

/**
 * Uploads files over eight connections and waits until every one is searchable; the time from the first byte sent, in
 * milliseconds. A document that fails ends the bench: it would be measured as a very fast one.
 */
export async function takeIn(url: string, files: readonly BenchFile[]): Promise<number> {
  const clients = Array.from({ length: 8 }, () => new Client(url))
  const asking = new Client(url)
  const began = performance.now()
  let next = 0
  await Promise.all(
    clients.map(async (client) => {
      for (let file = files[next++]; file; file = files[next++]) await upload(client, file)
    }),
  )
  for (const status of ['queued', 'processing', 'verifying']) while (await has(asking, status)) await wait(40)
  // A document may have passed from one state to the other between the questions.
  for (const status of ['queued', 'processing', 'verifying']) while (await has(asking, status)) await wait(40)
  const ms = performance.now() - began
  if (await has(asking, 'failed')) throw new Error('a document failed')
  await Promise.all([...clients, asking].map((client) => client.close()))
  return ms
}
