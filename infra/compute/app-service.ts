import * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import { type Base, Component, nameOf } from '../base.ts'
import type { Network } from '../network/network.ts'
import type { Task } from './task.ts'

export interface AppServiceArgs {
  name: 'api' | 'worker'
  task: Task
  cluster: aws.ecs.Cluster
  network: Network
  securityGroup: aws.ec2.SecurityGroup
  /** Fewest tasks; scaling says how many there are. */
  min: number
  /** On spare capacity. */
  spot: boolean
  /** What must be there before a task can be well: ways, rules, rights, secrets. */
  after: readonly pulumi.Resource[]
  /** Behind the load balancer. */
  target?: { group: aws.lb.TargetGroup; port: number }
}

/** A service of equal tasks: the API behind the load balancer, or the worker without. */
export class AppService extends Component {
  readonly service: aws.ecs.Service

  constructor(base: Base, args: AppServiceArgs) {
    super(args.name === 'api' ? 'Api' : 'Worker', base)
    const name = nameOf(base, args.name)
    this.service = new aws.ecs.Service(
      name,
      {
        name,
        cluster: args.cluster.arn,
        taskDefinition: args.task.definition.arn,
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
      {
        parent: this,
        // How many there are is a matter of scaling, not of a deployment.
        ignoreChanges: ['desiredCount'],
        dependsOn: [...args.task.allowed, ...args.after],
      },
    )
  }
}
