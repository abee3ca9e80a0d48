import type { Test } from 'tap'
import { accessStoreContract } from '../../../test/contracts/access-store.ts'
import { cacheContract } from '../../../test/contracts/cache.ts'
import { conversationKeepingContract } from '../../../test/contracts/conversation-keeping.ts'
import { conversationStoreContract } from '../../../test/contracts/conversation-store.ts'
import { documentStoreContract } from '../../../test/contracts/document-store.ts'
import { createTestClock } from '../../../test/contracts/support.ts'
import { createDocumentStore } from '../../record-store.ts'
import { createDynamoAccess } from '../access.ts'
import { createDynamoCache } from '../cache.ts'
import { createDynamoConversations } from '../conversations.ts'
import { createDynamoRecords } from '../records.ts'
import { openTables } from './open.ts'

documentStoreContract('dynamodb', async (t) => {
  const clock = createTestClock()
  const { names, connect } = await openTables(t)
  const open = () => createDocumentStore(createDynamoRecords(connect(), { table: names.documents }), { clock })
  return { store: open(), other: open(), clock }
})

conversationStoreContract('dynamodb', async (t) => {
  const { names, connect } = await openTables(t)
  const open = () => createDynamoConversations(connect(), { table: names.conversations })
  return { store: open(), other: open() }
})

conversationKeepingContract('dynamodb', async (t, about) => {
  const { names, connect } = await openTables(t)
  const open = () => createDynamoConversations(connect(), { table: names.conversations, ...about })
  return { store: open(), other: open() }
})

cacheContract('dynamodb', async (t: Test) => {
  // The service removes by the real time whatever this clock says has long expired.
  const clock = createTestClock(Date.now())
  const { names, connect } = await openTables(t)
  const open = () => createDynamoCache(connect(), { table: names.cache, clock })
  return { cache: open(), other: open(), pass: async (ms) => clock.advance(ms) }
})

accessStoreContract('dynamodb', async (t) => {
  const { names, connect } = await openTables(t)
  const open = () => createDynamoAccess(connect(), { table: names.access })
  return { access: open(), other: open() }
})
