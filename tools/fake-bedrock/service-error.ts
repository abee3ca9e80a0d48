import type { ServerResponse } from 'node:http'

/** The errors that the service answers with, and their status. */
export const statuses = {
  AccessDeniedException: 403,
  InternalServerException: 500,
  InvalidSignatureException: 403,
  MissingAuthenticationTokenException: 403,
  ModelErrorException: 424,
  ModelNotReadyException: 429,
  ModelTimeoutException: 408,
  ResourceNotFoundException: 404,
  SerializationException: 400,
  ServiceQuotaExceededException: 400,
  ServiceUnavailableException: 503,
  ThrottlingException: 429,
  UnknownOperationException: 404,
  ValidationException: 400,
} as const

export type ErrorName = keyof typeof statuses

/** What the service says with each error when a test gives no words of its own. */
export const messages: Record<ErrorName, string> = {
  AccessDeniedException: "You don't have access to the model with the specified model ID.",
  InternalServerException: 'The system encountered an unexpected error during processing. Try your request again.',
  InvalidSignatureException: "Credential should be scoped to correct service: 'bedrock'.",
  MissingAuthenticationTokenException: 'Missing Authentication Token',
  ModelErrorException: 'The request failed due to an error while processing the model.',
  ModelNotReadyException: 'Model is not ready for inference. Wait and try your request again.',
  ModelTimeoutException: 'Model has timed out in processing the request. Try your request again.',
  ResourceNotFoundException:
    'This model version has reached the end of its life. Please refer to the AWS documentation for more details.',
  SerializationException: 'The request body is not valid JSON.',
  ServiceQuotaExceededException: 'Your request exceeds the service quota for your account.',
  ServiceUnavailableException: 'Bedrock is unable to process your request.',
  ThrottlingException: 'Too many requests, please wait before trying again.',
  UnknownOperationException: 'There is no such operation here.',
  ValidationException: 'The request is not valid.',
}

/** A request that the service refuses. */
export class ServiceError extends Error {
  override readonly name: ErrorName
  /** Seconds, for the header `retry-after`. */
  readonly retryAfter: number | undefined

  constructor(name: ErrorName, message: string = messages[name], retryAfter?: number) {
    super(message)
    this.name = name
    this.retryAfter = retryAfter
  }
}

/** Answers with an error as the REST-JSON protocol has it: its type in a header, its message in the body. */
export function writeError(response: ServerResponse, error: ServiceError): void {
  const type = `${error.name}:http://internal.amazon.com/coral/com.amazon.bedrock/`
  response.writeHead(statuses[error.name], {
    'content-type': 'application/json',
    'x-amzn-errortype': type,
    ...(error.retryAfter !== undefined && { 'retry-after': String(error.retryAfter) }),
  })
  response.end(JSON.stringify({ message: error.message }))
}
