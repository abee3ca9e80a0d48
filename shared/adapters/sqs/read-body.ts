import { parseObjectKey } from '../../documents/identity.ts'
import { type Job, jobOf } from '../../documents/job.ts'

/** What a message's body asks for. Both lists are empty when there is nothing to do, as for S3's test event. */
export interface Reading {
  jobs: Job[]
  /** Why a part of it cannot be done, a sentence for each. */
  refused: string[]
}

/**
 * Reads every kind of body that may arrive: our own jobs; S3's event notifications (directly, or wrapped by SNS); and
 * EventBridge's envelopes, of S3 or around one of our jobs. Each event that names an object becomes a `reconcile` of
 * it, whatever the event says: what is there now is what counts. Markers of folders (keys that end in `/`) are no
 * documents and ask for nothing; other keys that no document can have are refused.
 *
 * Sources: S3 user guide, "Event message structure" and "EventBridge event message structure".
 */
export function readBody(body: string): Reading {
  return readValue(parse(body), true)
}

const unreadable = (why: string): Reading => ({ jobs: [], refused: [`the message cannot be read: ${why}`] })

function readValue(value: unknown, mayBeWrapped: boolean): Reading {
  if (!isObject(value)) return unreadable('its body is no JSON object')
  if ('kind' in value) return readJob(value, 'it is of a kind that is not known, or its fields are wrong')
  if (value.Event === 's3:TestEvent') return { jobs: [], refused: [] }
  if (Array.isArray(value.Records)) return joined(value.Records.map(readRecord))
  if ('detail-type' in value) return readEnvelope(value)
  if (mayBeWrapped && value.Type === 'Notification' && typeof value.Message === 'string')
    return readValue(parse(value.Message), false)
  return unreadable('it is neither a job nor an event of S3 or EventBridge')
}

function readJob(value: unknown, otherwise: string): Reading {
  const job = jobOf(value)
  return job ? { jobs: [job], refused: [] } : unreadable(otherwise)
}

/** One of S3's own records. Their keys are encoded like a form; a key that cannot be decoded was not encoded. */
function readRecord(record: unknown): Reading {
  const key = at(record, 's3', 'object', 'key')
  if (typeof key !== 'string') return unreadable('one of its records names no object')
  try {
    return readKey(decodeURIComponent(key.replace(/\+/g, ' ')))
  } catch {
    return readKey(key)
  }
}

/** An envelope of EventBridge: keys are not encoded there. */
function readEnvelope(envelope: Record<string, unknown>): Reading {
  const { detail } = envelope
  if (envelope.source !== 'aws.s3') return readJob(detail, 'the detail of its event is none of our jobs')
  const key = at(detail, 'object', 'key')
  return typeof key === 'string' ? readKey(key) : unreadable('its event names no object')
}

function readKey(key: string): Reading {
  if (key.endsWith('/')) return { jobs: [], refused: [] }
  const ref = parseObjectKey(key)
  if (!ref) return { jobs: [], refused: [`the object key ${JSON.stringify(key)} cannot be that of a document`] }
  return { jobs: [{ kind: 'reconcile', ...ref }], refused: [] }
}

/** All of them, each job once. */
function joined(readings: Reading[]): Reading {
  const jobs = new Map(readings.flatMap((reading) => reading.jobs).map((job) => [JSON.stringify(job), job]))
  return { jobs: [...jobs.values()], refused: readings.flatMap((reading) => reading.refused) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function at(value: unknown, ...names: string[]): unknown {
  return names.reduce<unknown>((inner, name) => (isObject(inner) ? inner[name] : undefined), value)
}
