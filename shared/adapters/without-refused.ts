import { isKassError } from '../errors.ts'

/** The optional fields that this server is known to refuse. */
export type LeftOut = ReadonlySet<string>

/**
 * Sends a request as `send` makes it, and again without an optional field when the server refuses the request in
 * words that name that field. What was learned is kept in `leftOut`, so it costs one refusal for each process.
 */
export async function withoutRefused<T>(
  leftOut: Set<string>,
  optional: Readonly<Record<string, RegExp>>,
  send: (leftOut: LeftOut) => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await send(leftOut)
    } catch (error) {
      if (!isKassError(error, 'model_refused')) throw error
      const candidates = Object.keys(optional).filter(
        (name) => !leftOut.has(name) && optional[name]?.test(error.message),
      )
      // A refusal may be in words that fit several fields; the one that it names is meant.
      const meant = candidates.find((name) => error.message.includes(name)) ?? candidates[0]
      if (meant === undefined) throw error
      leftOut.add(meant)
    }
  }
}
