import type { DocumentRef, Rejection } from '../shared/documents/document.ts'
import { documentId } from '../shared/documents/identity.ts'

/** How many rejections the record itself shows. */
export const shownRejections = 20
/** How many are kept in the derived store; the accounting counts all of them. */
export const keptRejections = 10_000

/** Where the rejections of one attempt are kept, one JSON object a line. */
export function rejectionsKey(ref: DocumentRef, attempt: string): string {
  return `rejections/${ref.tenant}/${documentId(ref)}/${attempt}.ndjson`
}

/** The lines of that file. */
export function rejectionLines(rejections: readonly Rejection[]): string {
  return rejections.map((rejection) => `${JSON.stringify(rejection)}\n`).join('')
}
