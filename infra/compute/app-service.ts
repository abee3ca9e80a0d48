import * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import { type Base, Component, nameOf } from '../base.ts'
import { type Grant, identityPolicy, trustOf } from '../grants.ts'
import type { Network } from '../network/network.ts'
import { type ContainerArgs, containerDefinitions } from './containers.ts'

/** Longest time between SIGTERM and SIGKILL that Fargate allows. */
export const stopTimeoutSeconds = 120

export interface AppServiceArgs extends Omit<ContainerArgs, 'logGroup' | 'collectorLogGroup'> {
  cluster: aws.ecs.Cluster
  network: Network
  securityGroup: aws.ec2.SecurityGroup
  cpu: number
  memory: number
  /** Fewest tasks; scaling says how many there are. */
  min: number
  /** On spare capacity. */
  spot: boolean
  /** What the task may do. */
  grants: readonly Grant[]
  /** What the platform needs beforehand: the image, secrets, their key. */
  executionGrants: readonly Grant[]
  keyArn: pulumi.Output<string> | undefined
  /** Behind the load balancer: its group, and what must be there before. */
  target?: { group: aws.lb.TargetGroup; port: number; after: readonly pulumi.Resource[] }
}

/** A service of tasks from the one image: the API behind the load balancer, or the worker without. */
export class AppService extends Component {
  readonly service: aws.ecs.Service
  readonly taskRole: aws.iam.Role
  readonly taskDefinition: aws.ecs.TaskDefinition
  readonly logGroup: aws.cloudwatch.LogGroup

  constructor(base: Base, args: AppServiceArgs) {
    super(args.name === 'api' ? 'Api' : 'Worker', base)
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

    this.taskRole = this.#role(base, `${args.name}-task`)
    const execution = this.#role(base, `${args.name}-execution`)
    const written = [this.logGroup, ...(collectorLogGroup ? [collectorLogGroup] : [])]
    const write: Grant = {
      sid: 'WriteLogs',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: written.map((group) => group.arn.apply((arn) => `${arn}:log-stream:*`)),
    }
    const allow = (part: string, role: aws.iam.Role, grants: readonly Grant[]) =>
      new aws.iam.RolePolicy(nameOf(base, part), { role: role.id, policy: identityPolicy(grants) }, opts)
    const allowed = [
      allow(`${args.name}-task`, this.taskRole, args.grants),
      allow(`${args.name}-execution`, execution, [...args.executionGrants, write]),
    ]

    this.taskDefinition = new aws.ecs.TaskDefinition(
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
        taskRoleArn: this.taskRole.arn,
        executionRoleArn: execution.arn,
        volumes: [{ name: 'scratch' }],
        ...(config.scratchGb > 20 && { ephemeralStorage: { sizeInGib: config.scratchGb } }),
        containerDefinitions: containerDefinitions(base, { ...args, logGroup: this.logGroup, collectorLogGroup }),
      },
      opts,
    )
    this.service = new aws.ecs.Service(
      name,
      {
        name,
        cluster: args.cluster.arn,
        taskDefinition: this.taskDefinition.arn,
        desiredCount: args.min,
        capacityProviderStrategies: [{ capacityProvider: args.spot ? 'FARGATE_SPOT' : 'FARGATE', weight: 1 }],
        networkConfiguration: {
          subnets: args.network.privateSubnets.map((subnet) => subnet.id),
          securityGroups: [args.securityGroup.id],
          assignPublicIp: false,
        },
        deploymentCircuitBreaker: { enable: true, rollback: true },
        deploymentMinimumHealthyPercent: 100,
        deploymentMaximumPercent: 200,
        ...(args.target && {
          loadBalancers: [
            { targetGroupArn: args.target.group.arn, containerName: args.name, containerPort: args.target.port },
          ],
          healthCheckGracePeriodSeconds: 60,
        }),
        enableEcsManagedTags: true,
        propagateTags: 'SERVICE',
        waitForSteadyState: true,
        tags: { Name: name },
      },
      // How many there are is a matter of scaling, not of a deployment.
      { ...opts, ignoreChanges: ['desiredCount'], dependsOn: [...allowed, ...(args.target?.after ?? [])] },
    )
  }

  #role(base: Base, part: string): aws.iam.Role {
    const name = nameOf(base, part)
    const assumeRolePolicy = trustOf('ecs-tasks.amazonaws.com', base.account)
    return new aws.iam.Role(name, { name, assumeRolePolicy }, { parent: this })
  }
}
