/** How commands end: 0 fine, 1 it did not work, 2 it was called wrongly. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const

/** What a command tells instead of a stack trace. */
export class Failure extends Error {
  readonly code: string
  readonly exitCode: number
  readonly details: Record<string, unknown>

  constructor(
    code: string,
    message: string,
    details: Record<string, unknown> = {},
    exitCode: number = exitCodes.failed,
  ) {
    super(message)
    this.name = 'Failure'
    this.code = code
    this.exitCode = exitCode
    this.details = details
  }
}

/** A field of a value that came from outside; undefined when it has no such field. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

/** The same, when it is text. */
export function textField(value: unknown, name: string): string | undefined {
  const found = field(value, name)
  return typeof found === 'string' ? found : undefined
}
