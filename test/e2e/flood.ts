import type { Socket } from 'node:net'
import type { Test } from 'tap'
import { type Answer, type LocalServer, type Server, startServer, withKey } from './server.ts'

async function newKey(t: Test, server: LocalServer, name: string): Promise<Server> {
  const { code, stdout, stderr } = await server.kass('keys', 'create', '--name', name, '--json')
  t.equal(code, 0, stderr)
  return withKey(server, JSON.parse(stdout).key)
}

/** A server with keys, somebody who floods it, and somebody else. */
export async function startWithKeys(t: Test, settings: Record<string, string> = {}) {
  const server = await startServer(t, { AUTH: 'keys', ...settings })
  return { server, flooder: await newKey(t, server, 'flooder'), caller: await newKey(t, server, 'bystander') }
}

export const multipart = 'multipart/form-data; boundary=XXXX'
/** A form's file as far as its content goes. */
export const formBegin = (path: string) =>
  `--XXXX\r\nContent-Disposition: form-data; name="file"; filename="${path}"\r\n\r\nSome words.\n`
export const formEnd = '\r\n--XXXX--\r\n'

/** The head of a POST as it stands on the wire; `length` is the header that tells where the body ends. */
export function headOf(caller: Server, path: string, type: string, length: string): string {
  const headers = { host: new URL(caller.url).host, ...caller.headers, 'content-type': type }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return `POST ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n${length}\r\n\r\n`
}

/** Seconds that an answer tells to wait. */
export const retryAfter = (answer: Answer) => Number(answer.headers.get('retry-after'))

export const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Writes a piece again and again, no faster than it is taken; gives how many bytes went out. */
export async function pour(socket: Socket, piece: Buffer, total: number, enough: () => boolean): Promise<number> {
  let sent = 0
  while (sent < total && !enough() && !socket.destroyed) {
    sent += piece.length
    await new Promise((resolve) => {
      socket.once('close', resolve)
      socket.write(piece, () => {
        socket.off('close', resolve)
        resolve(undefined)
      })
    })
  }
  return sent
}
