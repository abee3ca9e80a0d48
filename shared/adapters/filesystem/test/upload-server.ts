import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Test } from 'tap'
import { isKassError } from '../../../errors.ts'
import { receiveAnnounced } from '../../../ports/announced.ts'
import type { ObjectStore } from '../../../ports/object-store.ts'

/** What the API does with an upload, and nothing else of it. Gives the server's address. */
export async function serveUploads(t: Test, objects: ObjectStore): Promise<string> {
  const server = createServer(async (request, response) => {
    try {
      const upload = await objects.admit({ url: request.url ?? '', headers: request.headers })
      const staged = await receiveAnnounced(objects, upload, request)
      const { contentType = '', attributes } = upload
      await staged.commit(upload.ref, { contentType, attributes })
      response.end()
    } catch (error) {
      request.resume()
      response.writeHead(isKassError(error) ? error.status : 500).end()
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port was given')
  return `http://127.0.0.1:${address.port}`
}
