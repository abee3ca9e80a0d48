import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import type { StackConfig } from './config.ts'

/** What every component is given. */
export interface Base {
  config: StackConfig
  /** The account that everything is made in. */
  account: pulumi.Output<string>
  provider: aws.Provider
}

/** The tags by which costs are told apart; each resource has them through the provider. */
export function costTags(config: StackConfig): Record<'project' | 'stack' | 'owner' | 'managed-by', string> {
  return { project: 'kass', stack: config.stack, owner: config.owner, 'managed-by': 'pulumi' }
}

/** The provider that makes everything: in the stack's region, with the tags on everything that takes some. */
export function createBase(config: StackConfig): Base {
  const provider = new aws.Provider('aws', { region: config.region, defaultTags: { tags: costTags(config) } })
  const account = aws.getCallerIdentityOutput({}, { provider }).accountId
  return { config, account, provider }
}

/** `kass-<stack>-<part>` */
export function nameOf({ config }: Pick<Base, 'config'>, part: string): string {
  return `kass-${config.stack}-${part}`
}

/** A part of the stack: what it makes are its children, and come from the stack's provider. */
export abstract class Component extends pulumi.ComponentResource {
  constructor(kind: string, base: Base) {
    super(`kass:infra:${kind}`, nameOf(base, kind.toLowerCase()), {}, { providers: [base.provider] })
  }
}

/** What would be lost: nobody deletes it by accident, in no stack (`pulumi state unprotect` before a teardown). */
export const stateful = { protect: true } as const
