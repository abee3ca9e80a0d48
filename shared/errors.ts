/**
 * Every coded error of KASS: its HTTP status, whether trying again can help, and the sentence shown to people.
 * Codes are stable; callers may depend on them.
 */
const row = (status: number, title: string, retryable = false) => ({ status, title, retryable })

export const errorTable = {
  // requests
  invalid_request: row(400, 'The request is not valid.'),
  unknown_field: row(400, 'The request has a field that is not known.'),
  invalid_path: row(400, 'The document path is not valid.'),
  invalid_metadata: row(400, 'The metadata is not valid.'),
  invalid_cursor: row(400, 'The cursor is not one that this list gave.'),
  empty_file: row(400, 'The file is empty.'),
  missing_file: row(400, 'The request carries no file.'),
  checksum_mismatch: row(400, 'The bytes are not those that were announced.'),
  unauthorized: row(401, 'The key is missing, unknown or revoked.'),
  key_expired: row(401, 'The key has expired.'),
  token_malformed: row(401, 'The token is not one that can be read.'),
  token_unsigned: row(401, 'The token is not signed.'),
  token_algorithm: row(401, 'The token is signed in a way that is not accepted here.'),
  token_issuer: row(401, 'The token comes from another issuer.'),
  token_unknown_key: row(401, 'The token is signed with a key that its issuer does not show.'),
  token_signature: row(401, 'The signature of the token is wrong.'),
  token_expired: row(401, 'The token has expired.'),
  token_not_yet_valid: row(401, 'The token is not valid yet.'),
  token_audience: row(401, 'The token was made for somebody else.'),
  token_use: row(401, 'The token is of a kind that is not accepted here.'),
  token_claim_missing: row(401, 'The token lacks a claim that is needed here.'),
  token_claim_invalid: row(401, 'A claim of the token is not valid here.'),
  forbidden: row(403, 'The key or token does not allow this.'),
  foreign_origin: row(403, 'Requests from other sites are refused while the server runs without keys.'),
  not_found: row(404, 'There is nothing here that you may see.'),
  method_not_allowed: row(405, 'This address does not know this method.'),
  request_timeout: row(408, 'The request did not arrive in time.', true),
  conflict: row(409, 'The document changed at the same time; try again.', true),
  document_failed: row(409, 'The document could not be processed.'),
  payload_too_large: row(413, 'The request is larger than this server accepts.'),
  uri_too_long: row(414, 'The address is longer than this server accepts.'),
  unsupported_media_type: row(415, 'The type of this content is not supported.'),
  headers_too_large: row(431, 'The headers are larger than this server accepts.'),
  rate_limited: row(429, 'Too many requests for this key or token.', true),
  embedder_not_configured: row(
    409,
    'Vector search needs an embedder: set EMBEDDER to something other than "none" and restart.',
  ),
  // upstream and server
  model_throttled: row(429, 'The model has too much to do; try again later.', true),
  model_unavailable: row(502, 'The model cannot be reached.', true),
  model_timeout: row(504, 'The model did not answer in time.', true),
  model_refused: row(502, 'The model refused the request.'),
  model_failed: row(502, 'The model ended in the middle of its answer.', true),
  storage_unavailable: row(503, 'The storage cannot be reached; try again.', true),
  storage_throttled: row(503, 'The storage has too much to do; try again later.', true),
  storage_timeout: row(504, 'The storage did not answer in time.', true),
  search_unavailable: row(503, 'The search index cannot be reached; try again.', true),
  search_throttled: row(503, 'The search index has too much to do; try again later.', true),
  search_timeout: row(504, 'The search index did not answer in time.', true),
  issuer_unavailable: row(503, 'The issuer of the tokens cannot be reached; try again.', true),
  storage_full: row(507, 'The disk of the server is full: nothing can be kept until there is room again.', true),
  overloaded: row(503, 'The server has too much to do; try again later.', true),
  not_ready: row(503, 'A part that this server needs does not answer.', true),
  shutting_down: row(503, 'The server is shutting down; try again.', true),
  internal: row(500, 'Something went wrong on our side.'),
  // documents: why one could not be read
  encrypted: row(422, 'The document is encrypted and cannot be read without its password.'),
  damaged: row(422, 'The document is damaged or cut short.'),
  unsupported_type: row(422, 'The content of this document is of a type that is not supported.'),
  no_text: row(422, 'The document has no text that could be read.'),
  archive_bomb: row(422, 'The document inflates to more than is allowed.'),
  document_too_large: row(422, 'The document has more content than is allowed.'),
  extraction_timeout: row(422, 'Reading the document took longer than is allowed.'),
  extraction_memory: row(422, 'Reading the document took more memory than is allowed.'),
  accounting_mismatch: row(500, 'Not everything that was read could be accounted for.'),
  worker_crashed: row(500, 'Processing this document ended the worker several times.'),
  retries_exhausted: row(503, 'Processing kept failing for a day.'),
} as const satisfies Record<string, { status: number; title: string; retryable: boolean }>

export type ErrorCode = keyof typeof errorTable

export interface KassErrorOptions {
  /** A sentence for people about this very case; the table's title when left out. */
  detail?: string
  /** How long to wait before trying again, in milliseconds. */
  retryAfterMs?: number
  /** The request's field, or the place in a document (`Sheet1!B3`, `page 4`). */
  place?: string
  cause?: unknown
}

/** The one error that crosses module borders: a code of the table, with details that are safe to show. */
export class KassError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly retryable: boolean
  readonly title: string
  readonly retryAfterMs: number | undefined
  readonly place: string | undefined

  constructor(code: ErrorCode, options: KassErrorOptions = {}) {
    const known = errorTable[code]
    super(options.detail ?? known.title, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'KassError'
    this.code = code
    this.status = known.status
    this.retryable = known.retryable
    this.title = known.title
    this.retryAfterMs = options.retryAfterMs
    this.place = options.place
  }
}

/** Whether a caught value is an error of the table, optionally of one code. */
export function isKassError(error: unknown, code?: ErrorCode): error is KassError {
  return error instanceof KassError && (code === undefined || error.code === code)
}
