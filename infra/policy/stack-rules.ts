import type { Subject } from './rules.ts'
import { isRecord, statementsOf } from './statements.ts'

/** A rule about all resources together: what is wrong, and with which. */
export interface StackRule {
  name: string
  about: string
  check(resources: readonly Subject[]): Iterable<{ resource: Subject; fault: string }>
}

export const stackRules: readonly StackRule[] = [
  {
    name: 'guarded-buckets',
    about: 'Each bucket has a guard against the public, encryption, and a policy that wants TLS.',
    check: guardedBuckets,
  },
  {
    name: 'http-is-not-for-the-world',
    about: 'Where plain HTTP is served, not everybody may call.',
    check: httpIsNotForTheWorld,
  },
]

/** What each bucket must have beside it. Ours have the bucket's own name. */
const companions = [
  'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock',
  'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration',
  'aws:s3/bucketPolicy:BucketPolicy',
]

function* guardedBuckets(resources: readonly Subject[]) {
  for (const resource of resources.filter(({ type }) => type === 'aws:s3/bucket:Bucket')) {
    for (const wanted of companions) {
      const found = resources.find(({ type, name }) => type === wanted && name === resource.name)
      if (found === undefined) yield { resource, fault: `it has no ${wanted}` }
      else if (wanted.includes('bucketPolicy') && !wantsTls(found.props.policy)) {
        yield { resource, fault: 'its policy does not want TLS' }
      }
    }
  }
}

function wantsTls(policy: unknown): boolean {
  return statementsOf(policy).some(({ effect, principals, conditions }) => {
    const { Bool } = conditions
    return effect === 'Deny' && principals.includes('*') && isRecord(Bool) && Bool['aws:SecureTransport'] === 'false'
  })
}

function* httpIsNotForTheWorld(resources: readonly Subject[]) {
  const http = resources.some(({ type, props }) => type === 'aws:lb/listener:Listener' && props.protocol === 'HTTP')
  if (!http) return
  for (const resource of resources) {
    const { type, props } = resource
    const enters = type === 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule'
    if (enters && props.cidrIpv4 === '0.0.0.0/0') yield { resource, fault: 'everybody may call, and HTTP is served' }
  }
}
