import * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import { type Base, Component, nameOf, stateful } from '../base.ts'
import { trustOf } from '../grants.ts'

/** What AWS has written for its own service: nobody could name these actions better. */
const managed = [
  'service-role/AWSBackupServiceRolePolicyForBackup',
  'service-role/AWSBackupServiceRolePolicyForRestores',
].map((name) => `arn:aws:iam::aws:policy/${name}`)
const ofBuckets = ['AWSBackupServiceRolePolicyForS3Backup', 'AWSBackupServiceRolePolicyForS3Restore'].map(
  (name) => `arn:aws:iam::aws:policy/${name}`,
)

/** Backups every night, of the documents and of the tables that cannot be made again. */
export class Backup extends Component {
  constructor(
    base: Base,
    args: { keyArn: pulumi.Output<string> | undefined; resources: readonly pulumi.Input<string>[] },
  ) {
    super('Backup', base)
    const { config } = base
    const name = nameOf(base, 'backup')
    const opts = { parent: this }
    const vault = new aws.backup.Vault(
      name,
      { name, ...(args.keyArn && { kmsKeyArn: args.keyArn }) },
      { ...opts, ...stateful },
    )
    const plan = new aws.backup.Plan(
      name,
      {
        name,
        rules: [
          {
            ruleName: 'nightly',
            targetVaultName: vault.name,
            schedule: 'cron(0 2 * * ? *)',
            startWindow: 60,
            completionWindow: 360,
            lifecycle: { deleteAfter: config.backupDays },
          },
        ],
      },
      opts,
    )
    const role = new aws.iam.Role(name, { name, assumeRolePolicy: trustOf('backup.amazonaws.com', base.account) }, opts)
    for (const [index, policyArn] of [...managed, ...ofBuckets].entries()) {
      new aws.iam.RolePolicyAttachment(`${name}-${index}`, { role: role.name, policyArn }, opts)
    }
    new aws.backup.Selection(
      name,
      { name, planId: plan.id, iamRoleArn: role.arn, resources: [...args.resources] },
      opts,
    )
  }
}
