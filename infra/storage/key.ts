import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import { type Base, Component, nameOf, stateful } from '../base.ts'
import { type Admission, type Grant, resourcePolicy } from '../grants.ts'

/** Services that write for us and need the key for it, each for the account's own resources only. */
const writers = [
  's3',
  'events',
  'logs',
  'sns',
  'cloudwatch',
  'budgets',
  'cloudtrail',
  'delivery.logs',
  'costalerts',
] as const

/** A key of our own in KMS, where `encryption` asks for one; without it the services' own keys encrypt. */
export class EncryptionKey extends Component {
  readonly arn: pulumi.Output<string> | undefined

  constructor(base: Base) {
    super('Key', base)
    if (base.config.encryption !== 'kms') return
    const key = createKey(base, 'key', writers, this)
    this.arn = key.arn
  }

  /** Using what is encrypted, through the services that keep it and in no other way. */
  grantUse(base: Base, services: readonly ('s3' | 'sqs' | 'dynamodb' | 'secretsmanager')[]): Grant[] {
    if (this.arn === undefined) return []
    const vias = services.map((service) => `${service}.${base.config.region}.amazonaws.com`)
    return [
      {
        sid: 'UseKey',
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: [this.arn],
        conditions: { StringEquals: { 'kms:ViaService': vias } },
      },
    ]
  }
}

type Writer = (typeof writers)[number]

/** A key, which rotates, for this account and for services that write on its behalf. */
export function createKey(base: Base, part: string, users: readonly Writer[], parent: pulumi.Resource): aws.kms.Key {
  const name = nameOf(base, part)
  const key = new aws.kms.Key(
    name,
    {
      description: `Encrypts what KASS keeps in the stack ${base.config.stack}: ${part}`,
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      policy: resourcePolicy(admissions(base, users)),
    },
    { parent, ...stateful },
  )
  new aws.kms.Alias(name, { name: `alias/${name}`, targetKeyId: key.id }, { parent })
  return key
}

function admissions(base: Base, users: readonly Writer[]): Admission[] {
  const { account, config } = base
  const use = [
    'kms:Encrypt',
    'kms:Decrypt',
    'kms:ReEncryptFrom',
    'kms:ReEncryptTo',
    'kms:GenerateDataKey',
    'kms:DescribeKey',
  ]
  // In the policy of a key `*` is the key itself: there is no other form.
  const resources = ['*']
  return [
    {
      sid: 'Account',
      principal: { AWS: pulumi.interpolate`arn:aws:iam::${account}:root` },
      actions: ['kms:*'],
      resources,
    },
    ...users.map((service): Admission => {
      // The logs name themselves by region, and by the group that they encrypt.
      if (service === 'logs') {
        return {
          sid: 'Logs',
          principal: { Service: `logs.${config.region}.amazonaws.com` },
          actions: use,
          resources,
          conditions: {
            ArnLike: {
              'kms:EncryptionContext:aws:logs:arn': pulumi.interpolate`arn:aws:logs:${config.region}:${account}:log-group:*`,
            },
          },
        }
      }
      return {
        sid: service.replace(/\W/g, ''),
        principal: { Service: `${service}.amazonaws.com` },
        actions: use,
        resources,
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }
    }),
  ]
}
