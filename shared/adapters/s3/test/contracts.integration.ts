import { derivedStoreContract } from '../../../test/contracts/derived-store.ts'
import { objectStoreContract } from '../../../test/contracts/object-store.ts'
import { createS3 } from '../client.ts'
import { createS3Derived } from '../derived.ts'
import { awsOptions, openBuckets, openS3Objects } from './open.ts'

objectStoreContract('s3', openS3Objects)

derivedStoreContract('s3', async (t) => {
  const { names, s3 } = await openBuckets(t)
  const second = createS3(awsOptions())
  t.teardown(() => second.close())
  const bucket = names.derived
  return { derived: createS3Derived({ ...s3, bucket }), other: createS3Derived({ ...second, bucket }) }
})
