import type * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import type { SettingKey } from '../../shared/config.ts'
import type { Base } from '../base.ts'
import { type Environment, scratchPath } from './environment.ts'

/** Longest time between SIGTERM and SIGKILL that Fargate allows. */
export const stopTimeoutSeconds = 120
/** The user of the image (Dockerfile): it has no rights. */
const user = '10001:10001'
/** What the collector may use of the task's memory, in MiB. */
export const collectorMemory = 256

const healthCheck = {
  ...{ command: ['CMD', 'node', 'tools/healthcheck.ts'], interval: 10, timeout: 5, retries: 3, startPeriod: 60 },
}

export interface ContainerArgs {
  name: 'api' | 'worker' | 'tools'
  image: pulumi.Input<string>
  command: readonly string[]
  environment: Environment
  /** ARNs of secrets, by the setting that each is given to. */
  secrets: Readonly<Partial<Record<SettingKey, pulumi.Input<string>>>>
  port?: number
  collectorImage?: pulumi.Input<string>
  logGroup: aws.cloudwatch.LogGroup
  collectorLogGroup?: aws.cloudwatch.LogGroup | undefined
}

/** The containers of a task, as ECS wants them told. */
export function containerDefinitions(base: Base, args: ContainerArgs): pulumi.Output<string> {
  const set = Object.entries(args.environment).filter(([, value]) => value !== undefined && value !== '')
  const app = {
    name: args.name,
    image: args.image,
    essential: true,
    command: args.command,
    user,
    readonlyRootFilesystem: true,
    linuxParameters: { initProcessEnabled: true, capabilities: { drop: ['ALL'] } },
    mountPoints: [{ sourceVolume: 'scratch', containerPath: scratchPath, readOnly: false }],
    environment: set.map(([name, value]) => ({ name, value })),
    secrets: Object.entries(args.secrets).map(([name, valueFrom]) => ({ name, valueFrom })),
    ...(args.port !== undefined && { portMappings: [{ containerPort: args.port, protocol: 'tcp' }] }),
    // The same for both services: a worker leaves a heartbeat, an API is asked. It is about the process, never about others.
    ...(args.name !== 'tools' && { healthCheck }),
    stopTimeout: stopTimeoutSeconds,
    ulimits: [{ name: 'nofile', softLimit: 65_536, hardLimit: 65_536 }],
    logConfiguration: logsTo(base, args.logGroup, args.name),
  }
  const { collectorImage, collectorLogGroup } = args
  if (collectorImage === undefined || collectorLogGroup === undefined) return pulumi.jsonStringify([app])
  const collector = {
    name: 'collector',
    image: collectorImage,
    // Telemetry that is lost must not cost an answer.
    essential: false,
    user,
    readonlyRootFilesystem: true,
    memory: collectorMemory,
    environment: [{ name: 'AWS_REGION', value: base.config.region }],
    logConfiguration: logsTo(base, collectorLogGroup, 'collector'),
  }
  return pulumi.jsonStringify([app, collector])
}

function logsTo({ config }: Base, group: aws.cloudwatch.LogGroup, prefix: string) {
  return {
    logDriver: 'awslogs',
    options: {
      'awslogs-group': group.name,
      'awslogs-region': config.region,
      'awslogs-stream-prefix': prefix,
      // A log that cannot be written must not stop an answer.
      mode: 'non-blocking',
      'max-buffer-size': '8m',
    },
  }
}
