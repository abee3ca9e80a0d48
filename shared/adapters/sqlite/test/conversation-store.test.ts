import { conversationKeepingContract } from '../../../test/contracts/conversation-keeping.ts'
import { conversationStoreContract } from '../../../test/contracts/conversation-store.ts'
import { createSqliteConversations } from '../conversations.ts'
import { openConnections } from './open.ts'

conversationStoreContract('sqlite', async (t) => {
  const { connect } = openConnections(t)
  return { store: createSqliteConversations(connect()), other: createSqliteConversations(connect()) }
})

conversationKeepingContract('sqlite', async (t) => {
  const { connect } = openConnections(t)
  return { store: createSqliteConversations(connect()), other: createSqliteConversations(connect()) }
})
