import { documentStoreContract } from '../../../test/contracts/document-store.ts'
import { createTestClock } from '../../../test/contracts/support.ts'
import { createDocumentStore } from '../../record-store.ts'
import { createSqliteRecords } from '../records.ts'
import { openConnections } from './open.ts'

documentStoreContract('sqlite', async (t) => {
  const clock = createTestClock()
  const { connect } = openConnections(t, 0)
  const open = () => createDocumentStore(createSqliteRecords(connect()), { clock })
  return { store: open(), other: open(), clock }
})
