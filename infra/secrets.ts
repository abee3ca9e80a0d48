import * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import type { SettingKey } from '../shared/config.ts'
import { type Base, Component, nameOf, stateful } from './base.ts'
import type { StackConfig } from './config.ts'
import type { Grant } from './grants.ts'
import type { EncryptionKey } from './storage/key.ts'

interface SecretEntry {
  name: string
  about: string
  /** The setting that it is given to; the channels have none yet. */
  setting?: SettingKey
}

/** Which secrets a stack has. Their values are put in by hand, never by this program. */
export function secretsOf(config: StackConfig): SecretEntry[] {
  const channels = config.channels.map((channel) => ({
    name: `${channel}-token`,
    about: `Token of the channel ${channel}`,
  }))
  if (config.chatModel !== 'openai-compatible') return channels
  return [...channels, { name: 'openai-api-key', about: `Key for ${config.openaiUrl}`, setting: 'OPENAI_API_KEY' }]
}

/**
 * Entries in Secrets Manager, which containers get by ARN from the platform. A task cannot start without a value, so each
 * begins with one that says that it is none; the real one never passes through Pulumi.
 */
export class Secrets extends Component {
  readonly arns: readonly pulumi.Output<string>[]
  /** ARNs by the settings that they are given to. */
  readonly injected: Readonly<Partial<Record<SettingKey, pulumi.Output<string>>>>

  constructor(base: Base, args: { key: EncryptionKey }) {
    super('Secrets', base)
    const made = secretsOf(base.config).map(({ name, about, setting }) => {
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
      new aws.secretsmanager.SecretVersion(
        nameOf(base, name),
        { secretId: secret.id, secretString: 'none' },
        { parent: this, ignoreChanges: ['secretString'] },
      )
      return { arn: secret.arn, setting }
    })
    this.arns = made.map(({ arn }) => arn)
    this.injected = Object.fromEntries(made.flatMap(({ arn, setting }) => (setting ? [[setting, arn]] : [])))
  }

  /** Reading them, for whoever starts the tasks that get them. */
  grantRead(): Grant[] {
    const resources = Object.values(this.injected)
    return resources.length === 0 ? [] : [{ sid: 'Secrets', actions: ['secretsmanager:GetSecretValue'], resources }]
  }
}
