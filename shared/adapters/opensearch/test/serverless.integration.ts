import { searchIndexContract } from '../../../test/contracts/search-index.ts'
import { openIndex, serverlessOptions } from './open.ts'

searchIndexContract(
  'opensearch (serverless)',
  async (t) => {
    const options = serverlessOptions()
    return { index: openIndex(t, options), other: openIndex(t, options) }
  },
  { sharesStatistics: true },
)
