import type { DocumentRecord } from '../shared/documents/document.ts'
import { fingerprint } from '../shared/documents/fingerprint.ts'
import { embedderId, type WorkerDeps } from './deps.ts'

/** The fingerprint that a document should answer with, by its record, one revision of its object and the settings. */
export function wantedFingerprint(deps: WorkerDeps, record: DocumentRecord, revision: string): string {
  const { chunking } = deps.settings
  const { title, groups, tags, metadata, nonce } = record
  return fingerprint({ revision, nonce, embedder: embedderId(deps), chunking, title, groups, tags, metadata })
}

/** Whether a document at rest was made under other settings than those of now: another embedder, another chunk size. */
export function isOutdated(deps: WorkerDeps, record: DocumentRecord): boolean {
  const { status, revision, claim, active, failure } = record
  if (revision === undefined || claim || (status !== 'ready' && status !== 'failed')) return false
  const wanted = wantedFingerprint(deps, record, revision)
  return wanted !== active?.fingerprint && wanted !== failure?.fingerprint
}
