import * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import { type Base, nameOf } from '../base.ts'

/** A certificate for the domain, proven by a record in its zone; renewed by itself as long as that record stays. */
export function createCertificate(base: Base, parent: pulumi.Resource): aws.acm.CertificateValidation {
  const { config } = base
  const name = nameOf(base, 'certificate')
  const certificate = new aws.acm.Certificate(
    name,
    { domainName: config.domain, validationMethod: 'DNS', tags: { Name: name } },
    { parent },
  )
  // One domain, so one proof.
  const proof = certificate.domainValidationOptions.apply((options) => options[0])
  const record = new aws.route53.Record(
    name,
    {
      zoneId: config.hostedZoneId,
      name: proof.apply((option) => option?.resourceRecordName ?? ''),
      type: proof.apply((option) => option?.resourceRecordType ?? 'CNAME'),
      records: [proof.apply((option) => option?.resourceRecordValue ?? '')],
      ttl: 300,
      allowOverwrite: true,
    },
    { parent },
  )
  return new aws.acm.CertificateValidation(
    name,
    { certificateArn: certificate.arn, validationRecordFqdns: [record.fqdn] },
    { parent },
  )
}
