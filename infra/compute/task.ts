import * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import { type Base, Component, nameOf } from '../base.ts'
import { type Grant, identityPolicy, trustOf } from '../grants.ts'
import { type ContainerArgs, containerDefinitions } from './containers.ts'

export interface TaskArgs extends Omit<ContainerArgs, 'logGroup' | 'collectorLogGroup'> {
  cpu: number
  memory: number
  /** What the task may do. */
  grants: readonly Grant[]
  /** What the platform needs beforehand: the image, secrets, their key. */
  executionGrants: readonly Grant[]
  keyArn: pulumi.Output<string> | undefined
}

/** A task from the one image, with its two roles and its log. */
export class Task extends Component {
  readonly role: aws.iam.Role
  readonly definition: aws.ecs.TaskDefinition
  readonly logGroup: aws.cloudwatch.LogGroup
  /** What a task can do nothing without. */
  readonly allowed: readonly pulumi.Resource[]

  constructor(base: Base, args: TaskArgs) {
    super(`Task-${args.name}`, base)
    const { config } = base
    const name = nameOf(base, args.name)
    const opts = { parent: this }
    const logs = (part: string) =>
      new aws.cloudwatch.LogGroup(
        nameOf(base, part),
        {
          name: `/kass/${config.stack}/${part}`,
          retentionInDays: config.logDays,
          ...(args.keyArn && { kmsKeyId: args.keyArn }),
        },
        opts,
      )
    this.logGroup = logs(args.name)
    const collectorLogGroup = args.collectorImage === undefined ? undefined : logs(`${args.name}-collector`)

    const role = (part: string) => {
      const assumeRolePolicy = trustOf('ecs-tasks.amazonaws.com', base.account)
      return new aws.iam.Role(nameOf(base, part), { name: nameOf(base, part), assumeRolePolicy }, opts)
    }
    this.role = role(`${args.name}-task`)
    const execution = role(`${args.name}-execution`)
    const written = [this.logGroup, ...(collectorLogGroup ? [collectorLogGroup] : [])]
    const write: Grant = {
      sid: 'WriteLogs',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: written.map((group) => group.arn.apply((arn) => `${arn}:log-stream:*`)),
    }
    const allow = (part: string, to: aws.iam.Role, grants: readonly Grant[]) =>
      new aws.iam.RolePolicy(nameOf(base, part), { role: to.id, policy: identityPolicy(grants) }, opts)
    this.allowed = [
      allow(`${args.name}-task`, this.role, args.grants),
      allow(`${args.name}-execution`, execution, [...args.executionGrants, write]),
    ]

    this.definition = new aws.ecs.TaskDefinition(
      name,
      {
        family: name,
        requiresCompatibilities: ['FARGATE'],
        networkMode: 'awsvpc',
        cpu: String(args.cpu),
        memory: String(args.memory),
        runtimePlatform: {
          operatingSystemFamily: 'LINUX',
          cpuArchitecture: config.architecture === 'arm64' ? 'ARM64' : 'X86_64',
        },
        taskRoleArn: this.role.arn,
        executionRoleArn: execution.arn,
        volumes: [{ name: 'scratch' }],
        ...(config.scratchGb > 20 && { ephemeralStorage: { sizeInGib: config.scratchGb } }),
        containerDefinitions: containerDefinitions(base, { ...args, logGroup: this.logGroup, collectorLogGroup }),
      },
      opts,
    )
  }
}
