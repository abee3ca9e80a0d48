/** What is answered to one request. */
export interface Reply {
  status: number
  body: Buffer
  contentType?: string | undefined
  /** Why the request was refused, when the limits of the service are the reason. */
  refused?: string
}

export function jsonReply(status: number, value: unknown): Reply {
  return { status, body: Buffer.from(JSON.stringify(value)), contentType: 'application/json; charset=UTF-8' }
}

/** An error in the words of OpenSearch, for what Serverless does not take. */
export function refusal(status: number, type: string, reason: string): Reply {
  const cause = { type, reason }
  return { ...jsonReply(status, { error: { root_cause: [cause], ...cause }, status }), refused: reason }
}

/** An operation that is not there: Serverless answers 404 without a body. */
export function unknownOperation(why: string): Reply {
  return { status: 404, body: Buffer.alloc(0), refused: why }
}

/** Not signed as it must be. */
export function forbidden(why: string): Reply {
  return {
    ...jsonReply(403, { status: 403, error: { reason: '403 Forbidden', type: 'Forbidden' } }),
    refused: why,
  }
}
