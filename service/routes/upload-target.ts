import { basename } from 'node:path/posix'
import { sameAttributes } from '../../shared/documents/attributes.ts'
import type { Attributes, DocumentRecord, DocumentRef } from '../../shared/documents/document.ts'
import { isDeleted } from '../../shared/documents/transitions.ts'
import { KassError } from '../../shared/errors.ts'
import type { Ports } from '../../shared/ports/ports.ts'
import { createPlaces, type Places } from '../plugins/limits.ts'
import type { Principal } from '../principal.ts'
import { maySee, requireAssignable } from './document-access.ts'

/** Uploads that are received at once; the others are told to come back. */
const maxUploads = 64
/** Of these, for one holder: who sends slowly, or very much, must not keep all others out. */
const maxUploadsOfOne = 32

export function uploadPlaces(): Places {
  return createPlaces(maxUploads, 'Too many documents are being received at once.', maxUploadsOfOne)
}

/**
 * Where a caller's upload goes, and what travels with it: what was said, and of a new life of a deleted document
 * everything, since it inherits nothing of the one before.
 * @throws KassError forbidden when the document that is there, or a group, is not the caller's
 */
export async function uploadTarget(
  ports: Ports,
  caller: Principal,
  path: string,
  said: Partial<Attributes>,
): Promise<{ ref: DocumentRef; known: DocumentRecord | undefined; attributes: Partial<Attributes> }> {
  const ref = { tenant: caller.tenant, path }
  const known = await ports.documents.get(ref)
  const there = known && !isDeleted(known) ? known : undefined
  if (there && !maySee(caller, there)) {
    throw new KassError('forbidden', {
      detail: 'This path belongs to a document that the key may not see.',
      place: 'path',
    })
  }
  requireAssignable(caller, said.groups ?? [], there?.groups ?? [])
  const fresh = { title: basename(path), groups: [], tags: [], metadata: {} }
  return { ref, known, attributes: known && !there ? { ...fresh, ...said } : said }
}

/**
 * Whether a document has these bytes and attributes already, so that an upload would change nothing. What the record has
 * not seen yet (its upload died half-way) is what these bytes are to replace.
 */
export async function isUnchanged(
  ports: Ports,
  known: DocumentRecord | undefined,
  upload: { sha256: string; attributes?: Partial<Attributes> },
): Promise<boolean> {
  if (!known || isDeleted(known) || known.status === 'failed') return false
  if (known.sha256 !== upload.sha256 || !sameAttributes(upload.attributes ?? {}, known)) return false
  const newest = await ports.objects.head(known)
  return newest !== undefined && newest.revision === known.revision
}
