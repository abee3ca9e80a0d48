import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import { type Base, nameOf } from '../base.ts'
import { identityPolicy, trustOf } from '../grants.ts'

/** Which addresses talk to each other; in a log group, where it can be asked like the other logs. */
export function addFlowLogs(base: Base, parent: pulumi.Resource, vpcId: pulumi.Input<string>): void {
  const { config, account } = base
  const opts = { parent }
  const name = nameOf(base, 'flow')
  const group = new aws.cloudwatch.LogGroup(
    name,
    { name: `/kass/${config.stack}/flow`, retentionInDays: config.logDays },
    opts,
  )
  const role = new aws.iam.Role(name, { name, assumeRolePolicy: trustOf('vpc-flow-logs.amazonaws.com', account) }, opts)
  const streams = pulumi.interpolate`${group.arn}:log-stream:*`
  const policy = identityPolicy([
    { sid: 'WriteFlow', actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [streams] },
    { sid: 'FindStreams', actions: ['logs:DescribeLogStreams'], resources: [group.arn] },
  ])
  new aws.iam.RolePolicy(name, { role: role.id, policy }, opts)
  new aws.ec2.FlowLog(name, { vpcId, trafficType: 'ALL', logDestination: group.arn, iamRoleArn: role.arn }, opts)
}
