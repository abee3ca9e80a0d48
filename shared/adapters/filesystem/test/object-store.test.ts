import { objectStoreContract } from '../../../test/contracts/object-store.ts'
import { openObjects, takeJobs } from './open.ts'

objectStoreContract('filesystem', async (t) => {
  const keepRevisions = 3
  const { connect, clock, stored } = openObjects(t, keepRevisions)
  const [{ objects, db }, { objects: other }] = [connect(), connect()]
  return { objects, other, keepRevisions, clock, jobs: async () => takeJobs(db), stored: async () => stored() }
})
