import { S3ServiceException } from '@aws-sdk/client-s3'

/** `MethodNotAllowed`: what that version holds is a delete marker. */
const missing = new Set(['NotFound', 'NoSuchKey', 'NoSuchVersion', 'MethodNotAllowed'])

/** The answer, or undefined where S3 says that there is no such object; a bucket that is not there is an error. */
export async function orMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof S3ServiceException && (missing.has(error.name) || isForeignVersion(error))) return undefined
    throw error
  }
}

/** Some services say of another object's version id that it is none at all. */
function isForeignVersion(error: S3ServiceException): boolean {
  return error.name === 'InvalidArgument' && Reflect.get(error, 'ArgumentName') === 'versionId'
}
