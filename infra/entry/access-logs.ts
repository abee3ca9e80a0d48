import * as pulumi from '@pulumi/pulumi'
import { type Base, nameOf } from '../base.ts'
import { createBucket, expireAfter } from '../storage/bucket.ts'

/** Days that access logs are kept: long enough to look into what somebody reports. */
const days = 90

/** The bucket of the load balancer's access logs. The service can only use the keys of S3, not one of ours. */
export function createAccessLogs(base: Base, parent: pulumi.Resource) {
  return createBucket({
    name: nameOf(base, 'access-logs'),
    parent,
    keyArn: undefined,
    versioned: false,
    lifecycle: [expireAfter(days)],
    admits: [
      (arn) => ({
        sid: 'BalancerLogs',
        principal: { Service: 'logdelivery.elasticloadbalancing.amazonaws.com' },
        actions: ['s3:PutObject'],
        resources: [pulumi.interpolate`${arn}/balancer/AWSLogs/${base.account}/*`],
        conditions: {
          ArnLike: {
            'aws:SourceArn': pulumi.interpolate`arn:aws:elasticloadbalancing:${base.config.region}:${base.account}:loadbalancer/*`,
          },
        },
      }),
    ],
  })
}
