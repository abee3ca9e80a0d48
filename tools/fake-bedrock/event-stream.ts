import { crc32 } from 'node:zlib'

const stringType = 7

/**
 * One message of `application/vnd.amazon.eventstream`: lengths and their CRC, headers, payload, and the CRC of all of
 * it. Written anew, not with the SDK's codec: what the SDK then reads was not made by the SDK.
 */
export function frame(headers: Record<string, string>, payload: unknown): Buffer {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => header(name, value)))
  const body = Buffer.from(JSON.stringify(payload))
  const message = Buffer.alloc(16 + head.length + body.length)
  message.writeUInt32BE(message.length, 0)
  message.writeUInt32BE(head.length, 4)
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8)
  head.copy(message, 12)
  body.copy(message, 12 + head.length)
  message.writeUInt32BE(crc32(message.subarray(0, -4)), message.length - 4)
  return message
}

function header(name: string, value: string): Buffer {
  const written = Buffer.alloc(1 + Buffer.byteLength(name) + 3 + Buffer.byteLength(value))
  let at = written.writeUInt8(Buffer.byteLength(name), 0)
  at += written.write(name, at)
  at = written.writeUInt8(stringType, at)
  at = written.writeUInt16BE(Buffer.byteLength(value), at)
  written.write(value, at)
  return written
}

const padding = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

/** An event. The service pads events by a field `p` of varying length, so that their size says nothing; so does this. */
export function eventFrame(type: string, payload: object, padded = 0): Buffer {
  const headers = { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' }
  return frame(headers, { ...payload, p: padding.slice(0, 1 + (padded % padding.length)) })
}

/** What a stream may end with after its first byte, each with what the service says. */
export const streamExceptions = {
  internalServerException: 'The system encountered an unexpected error during processing. Try your request again.',
  modelStreamErrorException: 'The model produced an error while streaming its answer.',
  serviceUnavailableException: 'Bedrock is unable to process your request.',
  throttlingException: 'Too many tokens, please wait before trying again.',
  validationException: 'The model returned an error.',
} as const

export type StreamException = keyof typeof streamExceptions

export function exceptionFrame(type: StreamException, message: string = streamExceptions[type]): Buffer {
  const headers = { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' }
  return frame(headers, { message })
}

/** The same message with a byte changed, so that its CRC is wrong. */
export function damaged(message: Buffer): Buffer {
  const copy = Buffer.from(message)
  const at = copy.length - 6
  copy.writeUInt8(copy.readUInt8(at) ^ 0xff, at)
  return copy
}
