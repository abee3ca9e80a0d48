import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { ulid } from 'ulid'
import { type Config, loadConfig } from '../../shared/config.ts'
import type { Attributes, DocumentRecord } from '../../shared/documents/document.ts'
import { textHash } from '../../shared/documents/fingerprint.ts'
import { createLogger } from '../../shared/logger.ts'
import { createApiKey, type NewApiKey } from '../../shared/ports/access-key.ts'
import type { Ports } from '../../shared/ports/ports.ts'
import { createRetriever } from '../../shared/retrieval/retriever.ts'
import type { Retriever } from '../../shared/retrieval/types.ts'
import { wire } from '../../shared/wire.ts'
import { buildApp } from '../app.ts'
import type { Chat } from '../chat/types.ts'
import { fakeChat } from './fake-chat.ts'

export interface Built {
  app: FastifyInstance
  ports: Ports
  config: Config
  /** Everything that was logged, one object a line. */
  log: Record<string, unknown>[]
  /** Resolves with the next logged line that fits. */
  logged(fits: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>
  /** Makes a key and gives its text. */
  key(about?: Partial<NewApiKey>): Promise<string>
}

export interface BuildOptions {
  env?: Record<string, string>
  chat?: Partial<Chat>
  retriever?: Retriever
  ports?: Partial<Ports>
  clock?: () => number
}

/** The API over the embedded adapters in a folder of its own, with a chat that a test can script. */
export async function build(t: Test, options: BuildOptions = {}): Promise<Built> {
  const folder = await mkdtemp(join(tmpdir(), 'kass-api-'))
  // Not shed unless a test wants it: how busy the machine is decides no test.
  const config = loadConfig({ KASS_DATA: folder, MAX_EVENT_LOOP_DELAY_MS: '0', ...options.env })
  const log: Built['log'] = []
  const waiting = new Set<(line: Record<string, unknown>) => void>()
  const write = (text: string) => {
    const line = JSON.parse(text)
    log.push(line)
    for (const tell of waiting) tell(line)
  }
  const logger = createLogger({ level: 'info', name: 'test' }, { write })
  const wired = await wire(config, { logger, role: 'service', clock: options.clock })
  const ports = { ...wired.ports, ...options.ports }
  const { documents, index } = ports
  const retriever = options.retriever ?? createRetriever({ documents, index, depth: 20, logger })
  const chat = { ...fakeChat(), ...options.chat }
  const app = await buildApp({ config, ports, retriever, chat, logger, clock: options.clock })
  t.teardown(async () => {
    app.server.closeAllConnections()
    await app.close()
    await wired.close()
    await rm(folder, { recursive: true, force: true })
  })
  return {
    app,
    ports,
    config,
    log,
    logged: (fits) => {
      const found = log.find(fits)
      if (found) return Promise.resolve(found)
      return new Promise((resolve) => {
        const tell = (line: Record<string, unknown>) => {
          if (!fits(line)) return
          waiting.delete(tell)
          resolve(line)
        }
        waiting.add(tell)
      })
    },
    async key(about = {}) {
      const all = { name: 'test', tenant: 'default', subject: 'someone', groups: ['*'], scopes: ['admin' as const] }
      const { key, text } = createApiKey({ ...all, ...about }, { now: Date.now() })
      await ports.access.createKey(key)
      return text
    },
  }
}

export interface FormPart {
  name: string
  value: string | Buffer
  fileName?: string
  type?: string
}

const boundary = 'a-boundary-that-no-part-has'

/** A multipart body with its parts in the order given. */
export function form(parts: readonly FormPart[], options: { end?: boolean } = {}) {
  const pieces = parts.flatMap(({ name, value, fileName, type }) => [
    Buffer.from(
      `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${fileName === undefined ? '' : `; filename="${fileName}"`}\r\n${
        type === undefined ? '' : `content-type: ${type}\r\n`
      }\r\n`,
    ),
    Buffer.from(value),
    Buffer.from('\r\n'),
  ])
  if (options.end !== false) pieces.push(Buffer.from(`--${boundary}--\r\n`))
  return { payload: Buffer.concat(pieces), headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } }
}

/** A file part. */
export const file = (value: string | Buffer, fileName = 'note.txt'): FormPart => ({ name: 'file', value, fileName })

/** Uploads and processes a document as a worker would: one chunk with all of its text. */
export async function putReady(
  ports: Ports,
  ref: { path: string; tenant?: string },
  text: string,
  attributes: Partial<Attributes> = {},
): Promise<DocumentRecord> {
  const { Readable } = await import('node:stream')
  const staged = await ports.objects.stage(Readable.from([Buffer.from(text)]), { maxBytes: 1e6 })
  const head = await staged.commit({ tenant: 'default', ...ref }, { contentType: 'text/plain', attributes })
  const record = await ports.documents.observe(head)
  const held = await ports.documents.claim(record, { holder: 'test', leaseMs: 60_000 })
  if (!('claim' in held)) throw new Error('the claim is held')
  const { claim } = held
  const attempt = ulid()
  await ports.documents.begin(claim, { attempt, fingerprint: attempt })
  const { id: documentId, ...info } = record
  await ports.index.put({ ...info, documentId, attempt, embedder: 'none' }, [
    { ordinal: 0, kind: 'text', text, section: ['Section'], locator: 'lines 1-1', hash: textHash(text) },
  ])
  const accounting = { unit: 'paragraphs', read: 1, indexed: 1, rejected: 0, chunks: 1, rejections: [] }
  await ports.documents.pending(claim, { chunks: 1, accounting, revision: head.revision, embedder: 'none' })
  await ports.documents.activate(claim)
  return ports.documents.release(claim, {})
}
