import { searchIndexContract } from '../../../test/contracts/search-index.ts'
import { domainOptions, openIndex } from './open.ts'

searchIndexContract(
  'opensearch (domain)',
  async (t) => {
    const options = domainOptions()
    return { index: openIndex(t, options), other: openIndex(t, options) }
  },
  { sharesStatistics: true },
)
