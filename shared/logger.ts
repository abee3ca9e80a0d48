import { type DestinationStream, type Logger, pino } from 'pino'

export type { Logger }

/** One JSON line an event, `level` as a word. What could carry a key, a prompt or a passage is blanked out. */
export function createLogger(options: { level: string; name: string }, destination?: DestinationStream): Logger {
  return pino(
    {
      level: options.level,
      base: { service: options.name },
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
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
