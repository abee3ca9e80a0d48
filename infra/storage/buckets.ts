import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import { type Base, Component, nameOf } from '../base.ts'
import type { Grant } from '../grants.ts'
import { createBucket, expireAfter } from './bucket.ts'
import type { EncryptionKey } from './key.ts'

/** Changes of an object that lead to a job: whoever made, replaced or removed it, a rule of the life cycle included. */
export const objectEvents = ['s3:ObjectCreated:*', 's3:ObjectRemoved:*', 's3:LifecycleExpiration:*']

/** The documents, what is derived from them (which sends no events), and exports of the tables. */
export class Buckets extends Component {
  readonly documents: aws.s3.Bucket
  readonly derived: aws.s3.Bucket
  readonly backups: aws.s3.Bucket
  readonly #base: Base

  constructor(base: Base, args: { key: EncryptionKey }) {
    super('Buckets', base)
    this.#base = base
    const { config } = base
    const common = { parent: this, keyArn: args.key.arn }
    const formerVersions = {
      id: 'kass-former-versions',
      status: 'Enabled',
      filter: { prefix: '' },
      // The newest two stay, however old: a document that was replaced once can always be taken back.
      noncurrentVersionExpiration: { noncurrentDays: config.formerVersionsDays, newerNoncurrentVersions: 2 },
      expiration: { expiredObjectDeleteMarker: true },
    }
    const make = (part: string, lifecycle: aws.types.input.s3.BucketLifecycleConfigurationRule[], versioned: boolean) =>
      createBucket({ ...common, name: nameOf(base, part), lifecycle, versioned }).bucket
    this.documents = make('documents', [formerVersions], true)
    this.derived = make('derived', [], false)
    this.backups = make('backups', [expireAfter(config.backupDays)], false)
    new aws.s3.BucketCorsConfiguration(
      nameOf(base, 'documents'),
      {
        bucket: this.documents.id,
        corsRules: [
          {
            // A presigned address is all the right that an upload needs, so by default any page may use one.
            allowedOrigins: config.corsOrigins.split(',').map((origin) => origin.trim()),
            allowedMethods: ['PUT'],
            allowedHeaders: ['*'],
            exposeHeaders: ['ETag', 'x-amz-version-id'],
            maxAgeSeconds: 3600,
          },
        ],
      },
      { parent: this },
    )
  }

  /** The queue is told of every change of a document; it must admit the bucket before. */
  notify(queueArn: pulumi.Input<string>, admitted: pulumi.Resource): void {
    new aws.s3.BucketNotification(
      nameOf(this.#base, 'documents'),
      { bucket: this.documents.id, queues: [{ id: 'kass-jobs', queueArn, events: objectEvents }] },
      { parent: this, dependsOn: [admitted] },
    )
  }

  /** Reading documents, any of their versions, and learning that one is missing (which without ListBucket looks like 403). */
  grantReadDocuments(): Grant[] {
    return [
      grant('ReadDocuments', ['s3:GetObject', 's3:GetObjectVersion'], [pulumi.interpolate`${this.documents.arn}/*`]),
      grant('FindDocuments', ['s3:ListBucket'], [this.documents.arn]),
    ]
  }

  /** Uploads through the API, in parts or presigned; a broken one is taken back. */
  grantUploadDocuments(): Grant[] {
    const objects = [pulumi.interpolate`${this.documents.arn}/*`]
    return [grant('UploadDocuments', ['s3:PutObject', 's3:AbortMultipartUpload'], objects)]
  }

  /** Removing versions for good, which is what a deletion promises. */
  grantRemoveDocuments(): Grant[] {
    return [
      grant(
        'RemoveDocuments',
        ['s3:DeleteObject', 's3:DeleteObjectVersion'],
        [pulumi.interpolate`${this.documents.arn}/*`],
      ),
      grant('ListVersions', ['s3:ListBucketVersions'], [this.documents.arn]),
    ]
  }

  /** A document that is put in to see it arrive, and taken out again; and how the buckets are set up. */
  grantCanary(): Grant[] {
    const objects = [pulumi.interpolate`${this.documents.arn}/*`]
    const setUp = ['s3:GetBucketNotification', 's3:GetBucketVersioning', 's3:ListBucket', 's3:ListBucketVersions']
    return [
      grant('LookAtBucket', setUp, [this.documents.arn]),
      grant(
        'Canary',
        ['s3:GetObject', 's3:GetObjectVersion', 's3:PutObject', 's3:DeleteObject', 's3:DeleteObjectVersion'],
        objects,
      ),
      ...this.grantDerived(['s3:PutObject', 's3:DeleteObject']),
    ]
  }

  /** Finding what is derived by its age. */
  grantListDerived(): Grant[] {
    return [grant('FindDerived', ['s3:ListBucket'], [this.derived.arn])]
  }

  /** What is derived: traces and tables. */
  grantDerived(actions: readonly ('s3:GetObject' | 's3:PutObject' | 's3:DeleteObject')[]): Grant[] {
    return [grant('Derived', actions, [pulumi.interpolate`${this.derived.arn}/*`])]
  }
}

function grant(sid: string, actions: readonly string[], resources: readonly pulumi.Input<string>[]): Grant {
  return { sid, actions, resources }
}
