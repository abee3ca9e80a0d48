import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ulid } from 'ulid'
import { loadConfig } from '../../shared/config.ts'
import type { DocumentRef } from '../../shared/documents/document.ts'
import { fingerprint, textHash } from '../../shared/documents/fingerprint.ts'
import { documentId } from '../../shared/documents/identity.ts'
import { createLogger } from '../../shared/logger.ts'
import type { Ports } from '../../shared/ports/ports.ts'
import type { IndexedChunk } from '../../shared/ports/search-index.ts'
import { wire } from '../../shared/wire.ts'
import { hashingEmbedding } from '../fake-openai/embeddings.ts'
import { createWriter, type Writer } from './random.ts'

export const wordsOfChunk = 150
const chunksOfDocument = 40
export const dimensions = 384

/** Settings of a server whose chat or embeddings come from the stand-in model. */
export function embeddingSettings(modelUrl: string): Record<string, string> {
  return {
    EMBEDDER: 'openai-compatible',
    OPENAI_URL: modelUrl,
    OPENAI_EMBEDDING_MODEL: 'fake-embed',
    OPENAI_EMBEDDING_DIMENSIONS: String(dimensions),
  }
}

async function addDocument(ports: Ports, ref: DocumentRef, writer: Writer, count: number, withVectors: boolean) {
  const { documents, index, embedder } = ports
  const id = documentId(ref)
  const title = writer.words(3).join(' ')
  const made: IndexedChunk[] = Array.from({ length: count }, (_, ordinal) => {
    const text = writer.prose(wordsOfChunk)
    return {
      ordinal,
      kind: 'text',
      text,
      section: [title],
      locator: `lines ${ordinal * 12 + 1}-${ordinal * 12 + 10}`,
      hash: textHash(text),
      ...(withVectors && { vector: hashingEmbedding(text, dimensions) }),
    }
  })
  const embedderId = withVectors && embedder ? embedder.id : 'none'
  const attributes = { title, groups: [], tags: [], metadata: {} }
  const head = { ...ref, revision: ulid(), size: 1, sha256: '0', contentType: 'text/markdown', attributes }
  await documents.observe({ ...head, createdAt: Date.now() })
  const taken = await documents.claim(ref, { holder: 'bench', leaseMs: 600_000 })
  if (!('claim' in taken)) throw new Error(`${ref.path} is held by somebody`)
  const { claim } = taken
  const attempt = ulid()
  const print = fingerprint({ ...attributes, revision: head.revision, nonce: 0, embedder: embedderId, chunking: '' })
  await documents.begin(claim, { attempt, fingerprint: print })
  const info = { ...attributes, ...ref, attempt, documentId: id, contentType: head.contentType, embedder: embedderId }
  await index.put(info, made)
  const accounting = { unit: 'paragraphs', read: count, indexed: count, rejected: 0, chunks: count, rejections: [] }
  await documents.pending(claim, { chunks: count, accounting, revision: head.revision, embedder: embedderId })
  await documents.activate(claim)
  await documents.release(claim, {})
}

/** Where one server under measurement keeps everything. */
export interface Home {
  folder: string
  /** The settings that name its storage; empty for the embedded one, which is the folder. */
  env: Record<string, string>
}

/**
 * So many chunks of 150 words, written through the ports: the state that ingestion would have left, without the time
 * that it takes. The vectors are those that the stand-in model gives for the same texts.
 */
async function fill({ folder, env }: Home, chunks: number, withVectors: boolean): Promise<void> {
  // The model is only named, never called: the vectors are made here.
  const embedding = withVectors ? embeddingSettings('http://127.0.0.1:9/v1') : {}
  const config = loadConfig({ KASS_DATA: folder, ...env, ...embedding })
  const { ports, close } = await wire(config, { logger: createLogger({ level: 'warn', name: 'bench' }), role: 'tool' })
  const writer = createWriter(7)
  try {
    for (let first = 0; first < chunks; first += chunksOfDocument) {
      const ref = { tenant: 'default', path: `bench/${String(first).padStart(7, '0')}.md` }
      await addDocument(ports, ref, writer, Math.min(chunksOfDocument, chunks - first), withVectors)
    }
    // Searches follow at once: what was written last must be found by then.
    await ports.index.ready()
  } finally {
    await close()
  }
}

export interface Homes {
  /** A filled one, made at the first call for each size. */
  filled(chunks: number, withVectors: boolean): Promise<Home>
  empty(): Promise<Home>
  /** The same content for a second server: a copy of the folder, and the same storage where that is elsewhere. */
  twin(home: Home): Home
  removeAll(): void
}

/** @param storage makes an empty storage and gives the settings that name it */
export function createHomes(storage: () => Promise<Record<string, string>>, say: (text: string) => void): Homes {
  const folders: string[] = []
  const filled = new Map<string, Promise<Home>>()
  const empty = async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kass-bench-'))
    folders.push(folder)
    return { folder, env: await storage() }
  }
  return {
    empty,
    twin({ folder: original, env }) {
      const folder = mkdtempSync(join(tmpdir(), 'kass-bench-'))
      folders.push(folder)
      cpSync(original, folder, { recursive: true })
      return { folder, env }
    },
    filled(chunks, withVectors) {
      const name = `${chunks}/${withVectors}`
      const make = async () => {
        const home = await empty()
        const began = performance.now()
        await fill(home, chunks, withVectors)
        const took = Math.round((performance.now() - began) / 1000)
        say(`filled ${chunks} chunks${withVectors ? ' with vectors' : ''} in ${took} s`)
        return home
      }
      const home = filled.get(name) ?? make()
      filled.set(name, home)
      return home
    },
    removeAll() {
      for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
    },
  }
}
