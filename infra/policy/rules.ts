import { isOpen, type Statement, statementsOf } from './statements.ts'

/** A resource as the rules look at it, whether the engine tells of it or a test. */
export interface Subject {
  type: string
  name: string
  props: Readonly<Record<string, unknown>>
  protect: boolean
  /** Tags that the provider puts on everything. */
  providerTags: Readonly<Record<string, unknown>>
}

/** A rule about one resource: what is wrong with it, a sentence for each. */
export interface Rule {
  name: string
  about: string
  check(resource: Subject): Iterable<string>
}

/** Who may be called by everybody, and by what. */
const doors = [443]
const neededTags = ['project', 'stack', 'owner', 'managed-by']
/** Permissions that AWS knows for no single resource. */
const withoutResource = new Set(['ecr:GetAuthorizationToken', 'xray:PutTraceSegments', 'xray:PutTelemetryRecords'])
/** What would be lost. */
const statefulTypes = new Set([
  'aws:s3/bucket:Bucket',
  'aws:dynamodb/table:Table',
  'aws:sqs/queue:Queue',
  'aws:kms/key:Key',
  'aws:secretsmanager/secret:Secret',
  'aws:opensearch/domain:Domain',
  'aws:opensearch/serverlessCollection:ServerlessCollection',
  'aws:cognito/userPool:UserPool',
  'aws:backup/vault:Vault',
])

export const rules: readonly Rule[] = [
  { name: 'no-public-bucket', about: 'No bucket can be read or written by everybody.', check: noPublicBucket },
  {
    name: 'no-open-security-group',
    about: 'Only the load balancer can be called by everybody, by 443.',
    check: noOpenGroup,
  },
  { name: 'encryption', about: 'Everything is encrypted, at rest and on the way.', check: encryption },
  { name: 'no-wildcard-permission', about: 'Permissions name actions and resources.', check: noWildcard },
  { name: 'tags', about: 'Costs can be told apart by tags.', check: tags },
  { name: 'log-retention', about: 'Logs end some day.', check: logRetention },
  { name: 'protection', about: 'What would be lost is protected from deletion.', check: protection },
]

function* noPublicBucket({ type, props }: Subject): Iterable<string> {
  if (type === 'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock') {
    for (const key of ['blockPublicAcls', 'blockPublicPolicy', 'ignorePublicAcls', 'restrictPublicBuckets']) {
      if (props[key] !== true) yield `${key} must be true`
    }
  }
  if (type === 'aws:s3/bucketAcl:BucketAcl') yield 'a bucket has no access control list'
  if (type === 'aws:s3/bucketPolicy:BucketPolicy') {
    for (const each of statementsOf(props.policy)) if (isOpen(each)) yield `${each.sid} admits everybody`
  }
}

function* noOpenGroup({ type, name, props }: Subject): Iterable<string> {
  if (type === 'aws:ec2/securityGroup:SecurityGroup' && Array.isArray(props.ingress) && props.ingress.length > 0) {
    yield 'rules are resources of their own, not part of the group'
  }
  const old = type === 'aws:ec2/securityGroupRule:SecurityGroupRule' && props.type === 'ingress'
  if (!old && type !== 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule') return
  const sources = [props.cidrIpv4, props.cidrIpv6, ...list(props.cidrBlocks), ...list(props.ipv6CidrBlocks)]
  if (!sources.some((source) => typeof source === 'string' && source.endsWith('/0'))) return
  const door =
    props.ipProtocol === 'tcp' && props.fromPort === props.toPort && doors.some((port) => port === props.toPort)
  if (!door || !name.endsWith('-callers-to-balancer'))
    yield `everybody may call ${String(props.fromPort)} to ${String(props.toPort)}`
}

function* encryption({ type, props }: Subject): Iterable<string> {
  if (type === 'aws:sqs/queue:Queue' && props.sqsManagedSseEnabled !== true && !props.kmsMasterKeyId) {
    yield 'a queue is encrypted by a key of its own or of SQS'
  }
  if (type === 'aws:sns/topic:Topic' && !props.kmsMasterKeyId) yield 'a topic is encrypted'
  if (type === 'aws:kms/key:Key' && props.enableKeyRotation !== true) yield 'a key is rotated'
  if (type === 'aws:opensearch/domain:Domain') {
    if (at(props, 'encryptAtRest', 'enabled') !== true) yield 'encryptAtRest must be on'
    if (at(props, 'nodeToNodeEncryption', 'enabled') !== true) yield 'nodeToNodeEncryption must be on'
    if (at(props, 'domainEndpointOptions', 'enforceHttps') !== true) yield 'enforceHttps must be on'
    const policy = String(at(props, 'domainEndpointOptions', 'tlsSecurityPolicy'))
    if (!policy.startsWith('Policy-Min-TLS-1-2')) yield 'TLS must be 1.2 at least'
  }
  if (type === 'aws:lb/listener:Listener' && props.protocol === 'HTTPS' && !String(props.sslPolicy).includes('TLS13')) {
    yield 'sslPolicy must be one of TLS 1.3 (which has 1.2 as well)'
  }
  if (type === 'aws:lb/listener:Listener' && props.protocol === 'HTTP' && props.port !== 80)
    yield 'HTTP is for port 80 only'
  if (type.startsWith('aws:s3/bucketServerSideEncryptionConfiguration:') && list(props.rules).length === 0) {
    yield 'a bucket is encrypted'
  }
}

function* noWildcard({ type, props }: Subject): Iterable<string> {
  if (type === 'aws:iam/rolePolicyAttachment:RolePolicyAttachment') {
    // Those of AWS Backup are AWS's own; ours name what they allow.
    if (!/AWSBackupServiceRolePolicy/.test(String(props.policyArn)))
      yield `${String(props.policyArn)} was not written here`
  }
  if (type === 'aws:iam/rolePolicy:RolePolicy' || type === 'aws:iam/policy:Policy') {
    for (const each of statementsOf(props.policy)) yield* wildcards(each)
  }
  if (type === 'aws:sqs/queuePolicy:QueuePolicy' || type === 'aws:sns/topicPolicy:TopicPolicy') {
    for (const each of statementsOf(props.policy)) if (isOpen(each)) yield `${each.sid} admits everybody`
  }
  if (type === 'aws:opensearch/domainPolicy:DomainPolicy') {
    for (const each of statementsOf(props.accessPolicies)) if (isOpen(each)) yield `${each.sid} admits everybody`
  }
}

function* wildcards({ sid, actions, resources }: Statement): Iterable<string> {
  for (const action of actions) if (action.includes('*')) yield `${sid} allows ${action}`
  if (resources.includes('*') && !actions.every((action) => withoutResource.has(action)))
    yield `${sid} allows it for everything`
}

function* tags({ type, props, providerTags }: Subject): Iterable<string> {
  if (!type.startsWith('aws:')) return
  const own = typeof props.tagsAll === 'object' ? props.tagsAll : props.tags
  const known = { ...providerTags, ...(typeof own === 'object' ? own : {}) }
  for (const tag of neededTags) if (!(tag in known)) yield `the tag ${tag} is missing`
}

function* logRetention({ type, props }: Subject): Iterable<string> {
  if (type !== 'aws:cloudwatch/logGroup:LogGroup') return
  if (!(typeof props.retentionInDays === 'number' && props.retentionInDays > 0)) yield 'retentionInDays must be set'
}

function* protection({ type, protect }: Subject): Iterable<string> {
  if (statefulTypes.has(type) && !protect) yield 'it must have { protect: true }'
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

function at(value: unknown, ...names: string[]): unknown {
  let inner = value
  for (const name of names) {
    const entry =
      typeof inner === 'object' && inner !== null ? Object.entries(inner).find(([key]) => key === name) : undefined
    inner = entry?.[1]
  }
  return inner
}
