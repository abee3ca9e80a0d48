/** What is left of a secret. */
export const redacted = '[redacted]'

/** Secrets by their form: our keys, bearer and basic credentials, keys of others, signatures and tokens of AWS. */
const forms =
  /kass_[a-z0-9]{8,32}_[A-Za-z0-9_-]{20,}|\b(?:Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}|\bsk-[A-Za-z0-9_-]{8,}|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*|(?<=X-Amz-(?:Signature|Credential|Security-Token)=)[^&"\\\s]+|(?<=Signature=)[0-9a-f]{64}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/gi

/** Shorter ones would blank out half of what is logged. */
const shortestSecret = 6

/**
 * Blanks secrets out of a line, wherever in it they stand: those of the configuration by their value, others by their
 * form. The last resort behind not logging them at all.
 */
export function scrubber(secrets: readonly string[]): (line: string) => string {
  const known = secrets
    .filter((secret) => secret.length >= shortestSecret)
    // As they stand in JSON.
    .map((secret) => JSON.stringify(secret).slice(1, -1))
  return (line) => {
    let clean = line.replace(forms, redacted)
    for (const secret of known) if (clean.includes(secret)) clean = clean.replaceAll(secret, redacted)
    return clean
  }
}

const mostCauses = 5

/**
 * An error as it is logged: type, code, message, place in the code, and the same of what caused it. Nothing else of it:
 * the errors of clients carry whole requests and answers.
 */
export function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return typeof error === 'object' && error !== null ? { type: 'object' } : String(error)
  const code: unknown = Reflect.get(error, 'code')
  const { cause } = error
  return {
    type: error.name,
    ...(typeof code === 'string' && { code }),
    message: error.message,
    stack: error.stack,
    ...(cause !== undefined && depth < mostCauses && { cause: describeError(cause, depth + 1) }),
    ...(error instanceof AggregateError &&
      depth < mostCauses && { errors: error.errors.slice(0, 10).map((one) => describeError(one, depth + 1)) }),
  }
}
