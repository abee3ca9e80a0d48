import t from 'tap'
import { rules, type Subject } from '../policy/rules.ts'
import { stackRules } from '../policy/stack-rules.ts'
import { packFaults } from './checks/pack.ts'

const tags = { project: 'kass', stack: 'test', owner: 'kass', 'managed-by': 'pulumi' }
const subject = (type: string, props: Record<string, unknown>, more: Partial<Subject> = {}): Subject => ({
  ...{ type, name: 'kass-test-x', props, protect: true, providerTags: tags },
  ...more,
})
const policy = (statement: Record<string, unknown>) =>
  JSON.stringify({ Statement: [{ Effect: 'Allow', ...statement }] })
const everybody = { Sid: 'All', Principal: { AWS: '*' }, Action: 'sqs:SendMessage', Resource: '*' }
const guard = { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true }
const ingress = 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule'
const domain = {
  encryptAtRest: { enabled: true },
  nodeToNodeEncryption: { enabled: true },
  domainEndpointOptions: { enforceHttps: true, tlsSecurityPolicy: 'Policy-Min-TLS-1-2-PFS-2023-10' },
}

/** What breaks a rule, and which. */
const broken: [rule: string, what: string, Subject][] = [
  [
    'no-public-bucket',
    'a hole in the guard',
    subject('aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock', { ...guard, blockPublicPolicy: false }),
  ],
  ['no-public-bucket', 'a list of access', subject('aws:s3/bucketAcl:BucketAcl', { acl: 'public-read' })],
  [
    'no-public-bucket',
    'everybody in its policy',
    subject('aws:s3/bucketPolicy:BucketPolicy', { policy: policy(everybody) }),
  ],
  [
    'no-open-security-group',
    'another port',
    subject(
      ingress,
      { cidrIpv4: '0.0.0.0/0', ipProtocol: 'tcp', fromPort: 8080, toPort: 8080 },
      { name: 'kass-test-callers-to-balancer' },
    ),
  ],
  [
    'no-open-security-group',
    'a range of ports',
    subject(
      ingress,
      { cidrIpv4: '0.0.0.0/0', ipProtocol: 'tcp', fromPort: 0, toPort: 443 },
      { name: 'kass-test-callers-to-balancer' },
    ),
  ],
  [
    'no-open-security-group',
    'another group',
    subject(
      ingress,
      { cidrIpv6: '::/0', ipProtocol: 'tcp', fromPort: 443, toPort: 443 },
      { name: 'kass-test-callers-to-api' },
    ),
  ],
  [
    'no-open-security-group',
    'a rule of the old kind',
    subject('aws:ec2/securityGroupRule:SecurityGroupRule', {
      type: 'ingress',
      cidrBlocks: ['0.0.0.0/0'],
      protocol: '-1',
      fromPort: 0,
      toPort: 0,
    }),
  ],
  [
    'no-open-security-group',
    'a rule within a group',
    subject('aws:ec2/securityGroup:SecurityGroup', { ingress: [{ cidrBlocks: ['0.0.0.0/0'] }] }),
  ],
  ['encryption', 'a queue', subject('aws:sqs/queue:Queue', {})],
  ['encryption', 'a topic', subject('aws:sns/topic:Topic', {})],
  ['encryption', 'a key that stays', subject('aws:kms/key:Key', {})],
  [
    'encryption',
    'a domain on disk',
    subject('aws:opensearch/domain:Domain', { ...domain, encryptAtRest: { enabled: false } }),
  ],
  [
    'encryption',
    'a domain between its nodes',
    subject('aws:opensearch/domain:Domain', { ...domain, nodeToNodeEncryption: undefined }),
  ],
  [
    'encryption',
    'old TLS',
    subject('aws:opensearch/domain:Domain', {
      ...domain,
      domainEndpointOptions: { enforceHttps: true, tlsSecurityPolicy: 'Policy-Min-TLS-1-0-2019-07' },
    }),
  ],
  [
    'encryption',
    'old TLS for callers',
    subject('aws:lb/listener:Listener', { protocol: 'HTTPS', port: 443, sslPolicy: 'ELBSecurityPolicy-2016-08' }),
  ],
  [
    'no-wildcard-permission',
    'every action',
    subject('aws:iam/rolePolicy:RolePolicy', { policy: policy({ Action: ['sqs:*'], Resource: ['arn:aws:sqs:::q'] }) }),
  ],
  [
    'no-wildcard-permission',
    'every resource',
    subject('aws:iam/rolePolicy:RolePolicy', { policy: policy({ Action: ['s3:GetObject'], Resource: '*' }) }),
  ],
  [
    'no-wildcard-permission',
    'a policy of somebody else',
    subject('aws:iam/rolePolicyAttachment:RolePolicyAttachment', {
      policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
    }),
  ],
  [
    'no-wildcard-permission',
    'everybody may send',
    subject('aws:sqs/queuePolicy:QueuePolicy', { policy: policy(everybody) }),
  ],
  [
    'no-wildcard-permission',
    'everybody may search',
    subject('aws:opensearch/domainPolicy:DomainPolicy', { accessPolicies: policy(everybody) }),
  ],
  ['tags', 'none', subject('aws:ecs/cluster:Cluster', {}, { providerTags: {} })],
  ['log-retention', 'for ever', subject('aws:cloudwatch/logGroup:LogGroup', {})],
  ['protection', 'a table', subject('aws:dynamodb/table:Table', {}, { protect: false })],
  ['protection', 'a bucket', subject('aws:s3/bucket:Bucket', {}, { protect: false })],
]

t.test('each rule refuses what breaks it', async (t) => {
  for (const [name, what, resource] of broken) {
    const faults = rules.filter((rule) => [...rule.check(resource)].length > 0).map((rule) => rule.name)
    t.ok(faults.includes(name), `${name}: ${what}`)
  }
  const tried = new Set(broken.map(([name]) => name))
  t.same(
    rules.filter(({ name }) => !tried.has(name)),
    [],
    'every rule is tried',
  )
})

t.test('rules allow what is right', async (t) => {
  const right = [
    subject('aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock', guard),
    subject(
      ingress,
      { cidrIpv4: '0.0.0.0/0', ipProtocol: 'tcp', fromPort: 443, toPort: 443 },
      { name: 'kass-test-callers-to-balancer' },
    ),
    subject('aws:sqs/queue:Queue', { sqsManagedSseEnabled: true }),
    subject('aws:opensearch/domain:Domain', domain),
    subject('aws:iam/rolePolicy:RolePolicy', {
      policy: policy({ Action: ['ecr:GetAuthorizationToken'], Resource: '*' }),
    }),
    subject('aws:ecs/cluster:Cluster', { tags }, { providerTags: {} }),
  ]
  t.same(packFaults(right), [])
})

t.test('a bucket without its guard, its encryption or its policy is refused', async (t) => {
  const bucket = subject('aws:s3/bucket:Bucket', {})
  const beside = [
    subject('aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock', guard),
    subject('aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration', { rules: [{}] }),
    subject('aws:s3/bucketPolicy:BucketPolicy', {
      policy: JSON.stringify({
        Statement: [
          { Effect: 'Deny', Principal: '*', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
        ],
      }),
    }),
  ]
  t.same(packFaults([bucket, ...beside]), [])
  for (const [index, { type }] of beside.entries()) {
    const faults = packFaults([bucket, ...beside.filter((_, at) => at !== index)])
    t.match(faults, [/guarded-buckets/], `without ${type}`)
  }
  const lax = { ...beside[2], props: { policy: policy({ Principal: { AWS: 'a' }, Action: 's3:GetObject' }) } }
  t.match(packFaults([bucket, ...beside.slice(0, 2), subject(String(lax.type), lax.props)]), [/does not want TLS/])
})

t.test('plain HTTP is refused where everybody may call', async (t) => {
  const listener = subject('aws:lb/listener:Listener', { protocol: 'HTTP', port: 80 })
  const from = (cidrIpv4: string) =>
    subject(
      ingress,
      { cidrIpv4, ipProtocol: 'tcp', fromPort: 443, toPort: 443 },
      { name: 'kass-test-callers-to-balancer' },
    )
  t.same(packFaults([listener, from('192.0.2.0/24')]), [])
  t.match(packFaults([listener, from('0.0.0.0/0')]), [/http-is-not-for-the-world/])
  t.equal(stackRules.length, 2, 'both rules about all resources are tried here')
})
