import { createServer } from 'node:http'
import { listenLoopback } from './listen.ts'

/** A port of this machine that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer()
  const url = await listenLoopback(server)
  await new Promise((resolve) => server.close(resolve))
  return Number(new URL(url).port)
}
