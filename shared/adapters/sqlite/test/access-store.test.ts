import { test } from 'tap'
import { accessStoreContract } from '../../../test/contracts/access-store.ts'
import { createSqliteAccess } from '../access.ts'
import { finished, startChild } from './children.ts'
import { openConnections } from './open.ts'

accessStoreContract('sqlite', async (t) => {
  const { connect } = openConnections(t)
  return { access: createSqliteAccess(connect()), other: createSqliteAccess(connect()) }
})

test('sqlite: no increment is lost among processes', async (t) => {
  const { file, connect } = openConnections(t)
  const children = Array.from({ length: 3 }, () => startChild(t, 'count', file, '100'))
  await Promise.all(children.map(finished))
  const usage = await createSqliteAccess(connect()).usage({ tenant: 'acme', subject: 'bot', day: '2026-01-31' })
  t.same(usage, { requests: 300, inputTokens: 600, outputTokens: 900 })
})
