import * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import type { SettingKey } from '../shared/config.ts'
import { type Base, Component, nameOf, stateful } from './base.ts'
import type { StackConfig } from './config.ts'
import type { Grant } from './grants.ts'
import type { EncryptionKey } from './storage/key.ts'

/** Which secrets a stack has, and the setting that each is given to. Their values are put in by hand, never by this program. */
export function secretsOf(config: StackConfig): { name: string; setting?: SettingKey; about: string }[] {
  return config.channels.map((channel) => ({ name: `${channel}-token`, about: `Token of the channel ${channel}` }))
}

/** Entries in Secrets Manager, empty at first. Containers get them by ARN from the platform. */
export class Secrets extends Component {
  readonly arns: Readonly<Record<string, pulumi.Output<string>>>

  constructor(base: Base, args: { key: EncryptionKey }) {
    super('Secrets', base)
    const made = secretsOf(base.config).map(({ name, about }) => {
      const secret = new aws.secretsmanager.Secret(
        nameOf(base, name),
        {
          name: `kass/${base.config.stack}/${name}`,
          description: about,
          recoveryWindowInDays: 7,
          ...(args.key.arn && { kmsKeyId: args.key.arn }),
        },
        { parent: this, ...stateful },
      )
      return [name, secret.arn] as const
    })
    this.arns = Object.fromEntries(made)
  }

  grantRead(): Grant[] {
    const resources = Object.values(this.arns)
    return resources.length === 0 ? [] : [{ sid: 'Secrets', actions: ['secretsmanager:GetSecretValue'], resources }]
  }
}
