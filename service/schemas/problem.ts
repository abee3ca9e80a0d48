import { type Static, Type } from 'typebox'
import { type ErrorCode, errorTable } from '../../shared/errors.ts'

/** The id of the request in examples. */
const requestId = '01K0G3Z3Q2J8W9V5T1N6R4M7XC'
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'Names the error for machines; the code again.' }),
    title: Type.String({ description: 'A sentence for people; the same for every error of this code.' }),
    status: Type.Integer({ description: 'The HTTP status.' }),
    code: Type.String({ description: 'Stable; what a program should look at.' }),
    detail: Type.String({ description: 'A sentence for people about this very case.' }),
    field: Type.Optional(Type.String({ description: 'The field of the request that is at fault.' })),
    place: Type.Optional(Type.String({ description: 'The place in a document that is at fault.' })),
    retry_after: Type.Optional(Type.Integer({ description: 'Seconds after which trying again makes sense.' })),
    checks: Type.Optional(Type.Array(Type.Unknown(), { description: 'Of /ready: what does not answer.' })),
    request_id: Type.String({ description: 'The x-request-id of this response; the log has it too.' }),
    trace_id: Type.Optional(
      Type.String({ description: 'The trace that this request belongs to (W3C Trace Context); the log has it too.' }),
    ),
  },
  {
    $id: 'Problem',
    title: 'Problem',
    description: 'An error (RFC 9457).',
    examples: [
      {
        type: 'urn:kass:error:unknown_field',
        title: errorTable.unknown_field.title,
        status: 400,
        code: 'unknown_field',
        detail: 'The body has an unknown field "messages".',
        field: 'messages',
        request_id: requestId,
        trace_id: traceId,
      },
    ],
  },
)

export type Problem = Static<typeof ProblemSchema>

/** What every route may answer, whatever it does. */
const always: readonly ErrorCode[] = [
  'invalid_request',
  'unauthorized',
  'key_expired',
  'forbidden',
  'method_not_allowed',
  'request_timeout',
  'uri_too_long',
  'rate_limited',
  'headers_too_large',
  'internal',
  'overloaded',
  'storage_full',
]
const withBody: readonly ErrorCode[] = ['unknown_field', 'payload_too_large', 'unsupported_media_type']

/** What every route may answer where tokens are taken. */
export const tokenProblems: readonly ErrorCode[] = [
  'token_malformed',
  'token_unsigned',
  'token_algorithm',
  'token_issuer',
  'token_unknown_key',
  'token_signature',
  'token_expired',
  'token_not_yet_valid',
  'token_audience',
  'token_use',
  'token_claim_missing',
  'token_claim_invalid',
  'issuer_unavailable',
]

/** Which errors a route may answer beyond those that every route may. */
export interface ProblemCodes {
  /** It reads a body. */
  body?: boolean
  codes?: readonly ErrorCode[]
}

/** What an error of a code looks like. */
function exampleOf(code: ErrorCode): Problem {
  const { status, title } = errorTable[code]
  const retry = status === 429 || status === 503 ? { retry_after: 1 } : {}
  return {
    type: `urn:kass:error:${code}`,
    title,
    status,
    code,
    detail: title,
    ...retry,
    request_id: requestId,
    trace_id: traceId,
  }
}

/** The error responses of a route for the documentation: one for each status, naming the codes. */
export function problemResponses({ body, codes = [] }: ProblemCodes) {
  const all = new Set([...always, ...(body ? withBody : []), ...codes])
  const statuses = Map.groupBy(all, (code) => errorTable[code].status)
  return Object.fromEntries(
    [...statuses].map(([status, named]) => [
      status,
      {
        description: named.map((code) => `\`${code}\`: ${errorTable[code].title}`).join('\n\n'),
        content: {
          'application/problem+json': { schema: { $ref: 'Problem#' }, example: exampleOf(named[0] ?? 'internal') },
        },
      },
    ]),
  )
}
