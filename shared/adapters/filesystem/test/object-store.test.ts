import { objectStoreContract } from '../../../test/contracts/object-store.ts'
import { openObjects, takeJobs } from './open.ts'
import { serveUploads } from './upload-server.ts'

objectStoreContract('filesystem', async (t) => {
  const keepRevisions = 3
  const { connect, clock, stored } = openObjects(t, keepRevisions)
  const [{ objects, db }, { objects: other }] = [connect(), connect()]
  const origin = await serveUploads(t, other)
  return {
    objects,
    other,
    keepRevisions,
    clock,
    jobs: async () => takeJobs(db),
    stored: async () => stored(),
    send: (url, { headers, body }) => fetch(`${origin}${url}`, { method: 'PUT', headers, body }),
  }
})
