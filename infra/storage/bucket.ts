import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import { stateful } from '../base.ts'
import { type Admission, resourcePolicy } from '../grants.ts'

export interface BucketArgs {
  /** The name begins with it; names are global, so a suffix makes it unique. */
  name: string
  parent: pulumi.Resource
  /** Our own key; the keys of S3 when undefined. */
  keyArn: pulumi.Output<string> | undefined
  versioned: boolean
  lifecycle: aws.types.input.s3.BucketLifecycleConfigurationRule[]
  /** Others who may do something with it. */
  admits?: readonly ((bucketArn: pulumi.Output<string>) => Admission)[]
}

/** What broken uploads leave is removed after a day. */
export const unfinishedUploads = {
  id: 'kass-unfinished-uploads',
  status: 'Enabled',
  filter: { prefix: '' },
  abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
}

/** A rule that removes what is so many days old. */
export const expireAfter = (days: number) => ({
  id: 'kass-expire',
  status: 'Enabled',
  filter: { prefix: '' },
  expiration: { days },
})

/** A bucket as all of ours are: private, encrypted, reached by TLS only, without ACLs. */
export function createBucket(args: BucketArgs): { bucket: aws.s3.Bucket; policy: aws.s3.BucketPolicy } {
  const { name, keyArn } = args
  const opts = { parent: args.parent }
  const bucket = new aws.s3.Bucket(name, {}, { ...opts, ...stateful })
  const of = { bucket: bucket.id }
  const guard = new aws.s3.BucketPublicAccessBlock(
    name,
    { ...of, blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true },
    opts,
  )
  new aws.s3.BucketOwnershipControls(name, { ...of, rule: { objectOwnership: 'BucketOwnerEnforced' } }, opts)
  new aws.s3.BucketServerSideEncryptionConfiguration(
    name,
    {
      ...of,
      rules: [
        {
          applyServerSideEncryptionByDefault: keyArn
            ? { sseAlgorithm: 'aws:kms', kmsMasterKeyId: keyArn }
            : { sseAlgorithm: 'AES256' },
          // One data key for many objects: KMS is not asked, and not paid, for each.
          bucketKeyEnabled: keyArn !== undefined,
        },
      ],
    },
    opts,
  )
  const versioning = new aws.s3.BucketVersioning(
    name,
    { ...of, versioningConfiguration: { status: args.versioned ? 'Enabled' : 'Suspended' } },
    opts,
  )
  new aws.s3.BucketLifecycleConfiguration(
    name,
    { ...of, rules: [unfinishedUploads, ...args.lifecycle] },
    { ...opts, dependsOn: [versioning] },
  )
  const admitted = (args.admits ?? []).map((admit) => admit(bucket.arn))
  const policy = new aws.s3.BucketPolicy(
    name,
    { ...of, policy: resourcePolicy(admitted, [onlyByTls(bucket.arn)]) },
    { ...opts, dependsOn: [guard] },
  )
  return { bucket, policy }
}

function onlyByTls(arn: pulumi.Output<string>): Admission {
  return {
    sid: 'OnlyByTls',
    // Everyone, since it denies.
    principal: { AWS: '*' },
    actions: ['s3:*'],
    resources: [arn, pulumi.interpolate`${arn}/*`],
    conditions: { Bool: { 'aws:SecureTransport': 'false' } },
  }
}
