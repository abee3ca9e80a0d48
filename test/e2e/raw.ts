import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Answer, Server } from './server.ts'

/** A connection to a server. */
export function open({ url }: Server): Socket {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  // A reset shows in what was read until then.
  socket.on('error', () => {})
  return socket
}

/** An answer as it stands on the wire; undefined while it is not there in full. */
function parse(text: string): Answer | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [line = '', ...rest] = text.slice(0, end).split('\r\n')
  const headers = new Headers()
  for (const header of rest) {
    const colon = header.indexOf(':')
    headers.append(header.slice(0, colon), header.slice(colon + 1).trim())
  }
  const body = text.slice(end + 4)
  if (Buffer.byteLength(body) < Number(headers.get('content-length') ?? 0)) return undefined
  const isJson = /json/.test(headers.get('content-type') ?? '')
  return { status: Number(line.split(' ')[1]), headers, body: isJson && body ? JSON.parse(body) : body }
}

/** The next answer on a connection, as soon as it is there. */
export function answerOn(socket: Socket): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  let text = ''
  const onData = (bytes: Buffer) => {
    text += bytes
    const answer = parse(text)
    if (!answer) return
    socket.off('data', onData)
    resolve(answer)
  }
  socket.on('data', onData)
  socket.once('close', () => reject(new Error(`the connection ended after: ${JSON.stringify(text.slice(0, 1000))}`)))
  return promise
}

/** Everything that comes until the server ends the connection. */
export async function readAll(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (bytes: Buffer) => {
    text += bytes
  })
  await once(socket, 'close')
  return text
}

/** Sends bytes as they are, on a connection of their own, and gives the answer. */
export async function exchange(server: Server, bytes: string | Uint8Array): Promise<Answer> {
  const socket = open(server)
  try {
    socket.write(bytes)
    return await answerOn(socket)
  } finally {
    socket.destroy()
  }
}

/** Sends a body that need not be what its type says. */
export async function post(
  server: Server,
  path: string,
  type: string,
  body: string | Uint8Array<ArrayBuffer>,
): Promise<Answer> {
  const headers = { ...server.headers, 'content-type': type }
  const response = await fetch(server.url + path, { method: 'POST', headers, body })
  const text = await response.text()
  const isJson = /json/.test(response.headers.get('content-type') ?? '')
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
}
