import type { DocumentView, UploadReceipt } from '../../service/schemas/document.ts'
import type { Client } from './client.ts'
import { Failure } from './failure.ts'
import { formBody } from './form-body.ts'
import { settle } from './settle.ts'
import type { Found } from './walk.ts'

/** `skipped` is what was found and is no document, such as a link that leads nowhere. */
export type Outcome = 'uploaded' | 'unchanged' | 'unsupported' | 'failed' | 'skipped'

/** What became of one file. */
export interface FileReport {
  file: string
  path: string
  outcome: Outcome
  id?: string
  status?: string
  chunks?: number
  code?: string
  reason?: string
  place?: string
}

export interface UploadOptions {
  client: Client
  signal: AbortSignal
  concurrency: number
  /** Whether to follow each document until it is ready or failed. */
  wait: boolean
  tags?: readonly string[]
  groups?: readonly string[]
  /** Told after every file that was sent, and after every one whose fate is known. */
  onProgress?: (report: FileReport, step: 'sent' | 'settled') => void
}

const hopelessCodes = new Set(['unauthorized', 'forbidden', 'foreign_origin', 'unreachable', 'not_kass'])

/** Whether every other file would fail as well. A key may be refused for one path: that of a document it may not see. */
function hopeless({ code, details }: Failure): boolean {
  return hopelessCodes.has(code) && !(code === 'forbidden' && details.place === 'path')
}

const unsupportedCodes = new Set(['unsupported_type', 'unsupported_media_type'])
const outcomeOf = (code: string): Outcome => (unsupportedCodes.has(code) ? 'unsupported' : 'failed')

async function send(options: UploadOptions, found: Found): Promise<FileReport> {
  const { client, signal, tags, groups } = options
  const { file, path } = found
  const form = () => {
    const fields = { path, tags: tags && JSON.stringify(tags), groups: groups && JSON.stringify(groups) }
    return formBody(fields, { file, name: path.slice(path.lastIndexOf('/') + 1) })
  }
  try {
    const { body } = await client.json<UploadReceipt>('POST', '/documents', {
      body: form,
      signal,
      reconnectMs: 30_000,
      // A document that changes at this very moment: the same upload will do in a while.
      retryOn: [409],
    })
    return { file, path, outcome: body.unchanged ? 'unchanged' : 'uploaded', id: body.id, status: body.status }
  } catch (error) {
    if (signal.aborted || !(error instanceof Failure) || hopeless(error)) throw error
    const { code, message } = error
    return { file, path, outcome: outcomeOf(code), code, reason: message }
  }
}

function settled(report: FileReport, document: DocumentView): void {
  report.status = document.status
  report.chunks = document.accounting?.chunks
  if (document.status === 'ready') return
  report.code = document.failure?.code ?? document.status
  report.reason = document.failure?.message ?? 'The document was deleted meanwhile.'
  report.place = document.failure?.place
  report.outcome = outcomeOf(report.code)
}

/**
 * Uploads files, a few at a time, and tells of every one what became of it.
 * @throws Failure for what no other file would survive either
 */
export async function uploadAll(files: readonly Found[], options: UploadOptions): Promise<FileReport[]> {
  const reports: FileReport[] = []
  const settling = settle(options.client, options.signal)
  let next = 0
  const lane = async () => {
    for (let index = next++; index < files.length; index = next++) {
      const found = files[index]
      if (!found) return
      const report = await send(options, found)
      reports[index] = report
      options.onProgress?.(report, 'sent')
      if (report.id !== undefined && options.wait) {
        settling.add(report.id, (document) => {
          settled(report, document)
          options.onProgress?.(report, 'settled')
        })
      } else options.onProgress?.(report, 'settled')
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, options.concurrency) }, lane))
  await settling.close()
  return reports
}
