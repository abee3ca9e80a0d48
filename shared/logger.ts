import { type DestinationStream, type Logger, pino } from 'pino'
import { describeError, scrubber } from './telemetry/redaction.ts'
import { currentScope } from './telemetry/scope.ts'

export type { Logger }

/**
 * One JSON line an event, `level` as a word, with the id of the request (or job) and of its trace wherever one is under
 * way. What could carry a key, a prompt or a passage is blanked out, and `secrets` wherever they stand.
 */
export function createLogger(
  options: { level: string; name: string; secrets?: readonly string[] },
  destination?: DestinationStream,
): Logger {
  return pino(
    {
      level: options.level,
      base: { service: options.name },
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin() {
        const scope = currentScope()
        return scope === undefined ? {} : { requestId: scope.requestId, traceId: scope.traceId }
      },
      serializers: { err: describeError },
      hooks: { streamWrite: scrubber(options.secrets ?? []) },
      formatters: { level: (label) => ({ level: label.toUpperCase() }) },
      redact: {
        paths: [
          'authorization',
          'apiKey',
          'key',
          'secret',
          'prompt',
          'text',
          'content',
          'question',
          'answer',
          '*.authorization',
          '*["x-api-key"]',
          '*.apiKey',
          '*.secret',
          '*.prompt',
          '*.text',
          '*.content',
          'req.headers',
          'err.config',
        ],
        censor: '[redacted]',
      },
    },
    destination ?? pino.destination({ fd: 1, sync: true }),
  )
}
