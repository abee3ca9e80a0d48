import { extname } from 'node:path/posix'
import { contentTypes } from '../shared/documents/content-type.ts'
import type { DocumentRecord } from '../shared/documents/document.ts'
import type { Meter } from '../shared/telemetry/meter.ts'
import type { LabelValue } from '../shared/telemetry/metrics.ts'

type Format = LabelValue<'format'>

const formats: Format[] = ['pdf', 'xlsx', 'html', 'csv', 'markdown', 'text']
const byType = new Map<string, Format>(
  formats.flatMap((format) => (format === 'unknown' ? [] : [[contentTypes[format], format]])),
)
const byEnding = new Map<string, Format>([
  ['.pdf', 'pdf'],
  ['.xlsx', 'xlsx'],
  ['.html', 'html'],
  ['.htm', 'html'],
  ['.csv', 'csv'],
  ['.tsv', 'csv'],
  ['.md', 'markdown'],
  ['.markdown', 'markdown'],
  ['.txt', 'text'],
])

/** The format of a document by its type or, where nobody has said that, by the ending of its path. */
export function formatOf({ contentType, path }: Pick<DocumentRecord, 'contentType' | 'path'>): Format {
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  return byType.get(type) ?? byEnding.get(extname(path).toLowerCase()) ?? 'unknown'
}

/** One processing of a document has ended like this. */
export function countDocument(
  meter: Meter,
  ingest_outcome: LabelValue<'ingest_outcome'>,
  record: Pick<DocumentRecord, 'contentType' | 'path'> | undefined,
): void {
  meter.count('kass.ingest.documents', { ingest_outcome, format: record ? formatOf(record) : 'unknown' })
}

/** An attempt is written: what came of it, and how long it took. */
export function measureAttempt(meter: Meter, record: DocumentRecord, ms: number): void {
  const format = formatOf(record)
  meter.record('kass.ingest.duration', { format }, ms / 1000)
  const accounting = record.pending?.accounting
  if (!accounting) return
  meter.count('kass.ingest.units', { format }, accounting.indexed)
  if (accounting.rejected > 0) meter.count('kass.ingest.units_rejected', { format }, accounting.rejected)
}
