import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import { type Base, Component, nameOf } from '../base.ts'
import { type Admission, resourcePolicy } from '../grants.ts'
import type { Firewall } from './firewall.ts'
import type { Network } from './network.ts'

/**
 * The services of AWS that tasks reach by an interface endpoint in this configuration, since they call them or the
 * platform does for them. STS is not among them: a task's credentials come from its agent. Search has its own way.
 */
export function interfaceServices(config: Base['config'], has: { secrets: boolean }): string[] {
  if (config.egress === 'nat') return []
  const models = config.chatModel === 'bedrock' || config.embedder === 'bedrock' || config.reranker === 'bedrock'
  return [
    'sqs',
    'logs',
    'ecr.api',
    'ecr.dkr',
    ...(models ? ['bedrock-runtime'] : []),
    ...(has.secrets ? ['secretsmanager'] : []),
    ...(config.collector ? ['xray'] : []),
  ]
}

/** Actions that go through each endpoint; the layers of images come from S3. */
const actions: Readonly<Record<string, readonly string[]>> = {
  sqs: ['sqs:*'],
  logs: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  'ecr.api': [
    'ecr:GetAuthorizationToken',
    'ecr:BatchCheckLayerAvailability',
    'ecr:GetDownloadUrlForLayer',
    'ecr:BatchGetImage',
  ],
  'ecr.dkr': [
    'ecr:GetAuthorizationToken',
    'ecr:BatchCheckLayerAvailability',
    'ecr:GetDownloadUrlForLayer',
    'ecr:BatchGetImage',
  ],
  'bedrock-runtime': ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream', 'bedrock:ApplyGuardrail'],
  secretsmanager: ['secretsmanager:GetSecretValue'],
  xray: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords', 'xray:GetSamplingRules', 'xray:GetSamplingTargets'],
}

/** The ways to AWS that don't lead over the internet. S3 and DynamoDB cost nothing, so they are always there. */
export class Endpoints extends Component {
  /** Lists of addresses, for the firewall. */
  readonly prefixLists: readonly pulumi.Output<string>[]

  constructor(
    base: Base,
    args: { network: Network; firewall: Firewall; secrets: boolean; buckets: readonly pulumi.Input<string>[] },
  ) {
    super('Endpoints', base)
    const { config } = base
    const { network } = args
    const opts = { parent: this }
    const gateway = (service: 's3' | 'dynamodb', admitted: Admission[]) =>
      new aws.ec2.VpcEndpoint(
        nameOf(base, service),
        {
          vpcId: network.vpc.id,
          serviceName: `com.amazonaws.${config.region}.${service}`,
          vpcEndpointType: 'Gateway',
          routeTableIds: network.privateRoutes.map((table) => table.id),
          policy: resourcePolicy(admitted),
        },
        opts,
      )
    const s3 = gateway('s3', [...ours(base, ['s3:*'], bucketsAndObjects(args.buckets)), layers(config.region)])
    const tables = pulumi.interpolate`arn:aws:dynamodb:${config.region}:${base.account}:table/kass-${config.stack}-*`
    const dynamodb = gateway('dynamodb', ours(base, ['dynamodb:*'], [tables]))
    this.prefixLists = [s3.prefixListId, dynamodb.prefixListId]

    for (const service of interfaceServices(config, args)) {
      new aws.ec2.VpcEndpoint(
        nameOf(base, service.replace('.', '-')),
        {
          vpcId: network.vpc.id,
          serviceName: `com.amazonaws.${config.region}.${service}`,
          vpcEndpointType: 'Interface',
          privateDnsEnabled: true,
          subnetIds: network.privateSubnets.map((subnet) => subnet.id),
          securityGroupIds: [args.firewall.endpoints.id],
          // Which resources is said by the roles; an endpoint sees to it that nobody else's are used.
          policy: resourcePolicy(ours(base, actions[service] ?? [], ['*'])),
        },
        opts,
      )
    }
  }
}

/** Only for who belongs to this account: keys of another one don't work from here, so nothing is carried off by them. */
function ours(base: Base, allowed: readonly string[], resources: readonly pulumi.Input<string>[]): Admission[] {
  return [
    {
      sid: 'OwnAccount',
      principal: { AWS: '*' },
      actions: allowed,
      resources,
      conditions: { StringEquals: { 'aws:PrincipalAccount': base.account } },
    },
  ]
}

const bucketsAndObjects = (arns: readonly pulumi.Input<string>[]) =>
  arns.flatMap((arn) => [arn, pulumi.interpolate`${arn}/*`])

/** Where ECR keeps the layers of images (Amazon ECR user guide, "Minimum Amazon S3 bucket permissions for Amazon ECR"). */
function layers(region: string): Admission {
  return {
    sid: 'ImageLayers',
    principal: { AWS: '*' },
    actions: ['s3:GetObject'],
    resources: [`arn:aws:s3:::prod-${region}-starport-layer-bucket/*`],
  }
}
