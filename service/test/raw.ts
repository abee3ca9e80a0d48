import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Sends bytes as they are and gives everything that comes back until the server ends the connection. */
export async function exchange(url: string, text: string): Promise<string> {
  const socket = open(url)
  socket.write(text)
  return readAll(socket)
}

/** A connection to a server. */
export function open(url: string): Socket {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  // A reset shows in what was read until then.
  socket.on('error', () => {})
  return socket
}

/** Everything until the connection ends. */
export async function readAll(socket: Socket): Promise<string> {
  const pieces: Buffer[] = []
  socket.on('data', (bytes) => pieces.push(bytes))
  await once(socket, 'close')
  return Buffer.concat(pieces).toString()
}

/** Everything up to and with a text. */
export async function readUntil(socket: Socket, text: string): Promise<string> {
  let read = ''
  for (;;) {
    const [bytes] = await once(socket, 'data')
    read += bytes
    if (read.includes(text)) return read
  }
}
