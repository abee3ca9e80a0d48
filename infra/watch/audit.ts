import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import { type Base, Component, nameOf } from '../base.ts'
import type { Admission } from '../grants.ts'
import { createBucket, expireAfter } from '../storage/bucket.ts'

/** Days that it is known who called AWS. */
const days = 365

/** Who called AWS (CloudTrail), and what looks like an attack (GuardDuty). */
export class Audit extends Component {
  constructor(base: Base, args: { keyArn: pulumi.Output<string> | undefined; documentsArn: pulumi.Output<string> }) {
    super('Audit', base)
    if (base.config.cloudTrail) this.#addTrail(base, args)
    if (base.config.guardDuty) {
      const detector = { enable: true, findingPublishingFrequency: 'FIFTEEN_MINUTES' }
      new aws.guardduty.Detector(nameOf(base, 'threats'), detector, { parent: this })
    }
  }

  #addTrail(
    base: Base,
    { keyArn, documentsArn }: { keyArn: pulumi.Output<string> | undefined; documentsArn: pulumi.Output<string> },
  ): void {
    const { config, account } = base
    const name = nameOf(base, 'trail')
    const arn = pulumi.interpolate`arn:aws:cloudtrail:${config.region}:${account}:trail/${name}`
    const from = (sid: string, actions: string[], resources: pulumi.Input<string>[]): Admission => ({
      sid,
      principal: { Service: 'cloudtrail.amazonaws.com' },
      actions,
      resources,
      conditions: { StringEquals: { 'aws:SourceArn': arn } },
    })
    const { bucket, policy } = createBucket({
      name,
      parent: this,
      keyArn,
      versioned: true,
      lifecycle: [expireAfter(days)],
      admits: [
        (bucketArn) => from('TrailLooks', ['s3:GetBucketAcl'], [bucketArn]),
        (bucketArn) => from('TrailWrites', ['s3:PutObject'], [pulumi.interpolate`${bucketArn}/AWSLogs/${account}/*`]),
      ],
    })
    new aws.cloudtrail.Trail(
      name,
      {
        name,
        s3BucketName: bucket.id,
        isMultiRegionTrail: true,
        includeGlobalServiceEvents: true,
        enableLogFileValidation: true,
        ...(keyArn && { kmsKeyId: keyArn }),
        // Who read which document.
        advancedEventSelectors: [
          {
            name: 'Calls that change or look at the account',
            fieldSelectors: [{ field: 'eventCategory', equals: ['Management'] }],
          },
          {
            name: 'Documents',
            fieldSelectors: [
              { field: 'eventCategory', equals: ['Data'] },
              { field: 'resources.type', equals: ['AWS::S3::Object'] },
              { field: 'resources.ARN', startsWiths: [pulumi.interpolate`${documentsArn}/`] },
            ],
          },
        ],
      },
      { parent: this, dependsOn: [policy] },
    )
  }
}
