import { isKassError } from '../../errors.ts'
import { type Finding, problem } from '../../ports/diagnosis.ts'

/** What was asked of a service, in words for people. */
export interface Asked {
  /** For example `s3:GetBucketVersioning`, as in a policy. */
  action: string
  /** For example `the bucket kass-documents`. */
  what: string
  /** The setting that names it. */
  setting: string
}

const denied = /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|AuthorizationError)$/
const absent =
  /^(NoSuchBucket|NotFound|ResourceNotFoundException|QueueDoesNotExist|AWS\.SimpleQueueService\.NonExistentQueue)$/
const unknownCaller =
  /^(InvalidAccessKeyId|UnrecognizedClientException|InvalidClientTokenId|SignatureDoesNotMatch|InvalidSignatureException|ExpiredToken|ExpiredTokenException|CredentialsProviderError|MissingAuthenticationToken|IncompleteSignature)$/
const skewed = /^(RequestTimeTooSkewed|RequestExpired)$/

function statusOf(error: unknown): unknown {
  const metadata = error instanceof Error ? Reflect.get(error, '$metadata') : undefined
  return typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, 'httpStatusCode') : undefined
}

/** What a call to AWS that failed says about the installation; undefined when it says nothing that we know of. */
export function explain(error: unknown, { action, what, setting }: Asked): Finding | undefined {
  if (isKassError(error)) return trouble(error.code, error.cause, { action, what, setting })
  if (!(error instanceof Error)) return undefined
  const { name } = error
  if (skewed.test(name)) {
    return problem(`${action} was refused: this machine's clock is wrong`, 'Set the clock by NTP.')
  }
  if (unknownCaller.test(name)) {
    return problem(
      `${action} was refused: the credentials are not good (${name})`,
      'Give this process a role, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY that are valid in this account.',
    )
  }
  if (denied.test(name) || statusOf(error) === 403) {
    return problem(`${action} on ${what} is not permitted`, `Allow ${action} on ${what} to the role that runs this.`)
  }
  if (absent.test(name) || statusOf(error) === 404) {
    return problem(`${what} does not exist`, `Make it (node tools/provision.ts), or set ${setting} to the right name.`)
  }
  return undefined
}

function trouble(code: string, cause: unknown, { action, what }: Asked): Finding {
  const said = cause instanceof Error ? ` (${Reflect.get(cause, 'code') ?? cause.name})` : ''
  if (code === 'storage_throttled') {
    return problem(`${action} is throttled`, `Wait, or raise the limits of ${what}; then run this again.`)
  }
  const how = code === 'storage_timeout' ? 'did not answer in time' : 'cannot be reached'
  return problem(
    `${action}: the service ${how}${said}`,
    'Check AWS_REGION, the AWS_ENDPOINT_URL settings, and the way there (DNS, security groups, proxies).',
  )
}

/**
 * Asks, and gives what the answer says; what a failed call says otherwise.
 * @throws what nobody has foreseen
 */
export async function asking<T>(
  asked: Asked,
  call: () => Promise<T>,
  says: (answer: T) => Finding[],
): Promise<Finding[]> {
  let answer: T
  try {
    answer = await call()
  } catch (error) {
    const known = explain(error, asked)
    if (known) return [known]
    throw error
  }
  return says(answer)
}
