import { ListObjectVersionsCommand, type ListObjectVersionsCommandOutput, type S3Client } from '@aws-sdk/client-s3'
import { KassError } from '../../errors.ts'

export interface ListedVersion {
  key: string
  versionId: string
  isLatest: boolean
  size: number
  createdAt: number
}

/**
 * All versions of all objects whose key begins with `prefix`, without delete markers: by key, of one key the newest
 * first.
 */
export async function* listVersions(client: S3Client, bucket: string, prefix = ''): AsyncGenerator<ListedVersion> {
  let marker: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {}
  while (marker) {
    const page: ListObjectVersionsCommandOutput = await client.send(
      // Keys that others made may hold what XML cannot.
      new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, EncodingType: 'url', ...marker }),
    )
    // Anything that is well-formed reads as an empty list; what follows from one would be deletions.
    if (page.Name !== bucket) throw new KassError('storage_unavailable', { detail: 'What answered is not S3.' })
    const encoded = page.EncodingType === 'url'
    const plain = (key: string) => (encoded ? decodeURIComponent(key.replaceAll('+', ' ')) : key)
    for (const { Key, VersionId, IsLatest, Size, LastModified } of page.Versions ?? []) {
      if (Key === undefined || VersionId === undefined) continue
      yield {
        key: plain(Key),
        versionId: VersionId,
        isLatest: IsLatest === true,
        size: Size ?? 0,
        createdAt: LastModified?.getTime() ?? 0,
      }
    }
    marker =
      page.IsTruncated && page.NextKeyMarker !== undefined
        ? { KeyMarker: plain(page.NextKeyMarker), VersionIdMarker: page.NextVersionIdMarker }
        : undefined
  }
}
