import { searchIndexContract } from '../../../test/contracts/search-index.ts'
import { indexFile, openIndex } from './open.ts'

searchIndexContract('memory-index', async (t) => {
  const file = indexFile(t)
  return { index: openIndex(t, file), other: openIndex(t, file) }
})
