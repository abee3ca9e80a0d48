import * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import { type Base, Component, nameOf } from '../base.ts'
import { apiPort, type Firewall } from '../network/firewall.ts'
import type { Network } from '../network/network.ts'
import { createAccessLogs } from './access-logs.ts'
import { createCertificate } from './certificate.ts'

/** Longest silence on a connection; a stream says something every HEARTBEAT_MS (15 s). */
export const idleTimeoutSeconds = 120
/** What is open on a task that goes away may take so long to end: a whole answer. */
export const deregistrationSeconds = 120

/**
 * Where callers come in. From the caller to the load balancer everything is encrypted (TLS 1.2 or 1.3) where a domain is
 * configured; from there to the task it is plain HTTP inside the network, between two security groups that admit nobody
 * else; from the task to every service of AWS and to OpenSearch it is TLS again.
 */
export class Balancer extends Component {
  readonly balancer: aws.lb.LoadBalancer
  readonly group: aws.lb.TargetGroup
  /** A task belongs to a listener before it can be behind it. */
  readonly listener: aws.lb.Listener
  readonly url: pulumi.Output<string>

  constructor(base: Base, args: { network: Network; firewall: Firewall }) {
    super('Balancer', base)
    const { config } = base
    const name = nameOf(base, 'api')
    const opts = { parent: this }
    const logs = config.accessLogs ? createAccessLogs(base, this) : undefined
    this.balancer = new aws.lb.LoadBalancer(
      name,
      {
        name,
        loadBalancerType: 'application',
        internal: false,
        subnets: args.network.publicSubnets.map((subnet) => subnet.id),
        securityGroups: [args.firewall.balancer.id],
        idleTimeout: idleTimeoutSeconds,
        dropInvalidHeaderFields: true,
        enableDeletionProtection: config.deletionProtection,
        ...(logs && { accessLogs: { bucket: logs.bucket.bucket, prefix: 'balancer', enabled: true } }),
        tags: { Name: name },
      },
      { ...opts, ...(logs && { dependsOn: [logs.policy] }) },
    )
    this.group = new aws.lb.TargetGroup(
      name,
      {
        name,
        vpcId: args.network.vpc.id,
        targetType: 'ip',
        protocol: 'HTTP',
        port: apiPort,
        deregistrationDelay: deregistrationSeconds,
        loadBalancingAlgorithmType: 'least_outstanding_requests',
        // The process alone: what it depends on never takes a task away.
        healthCheck: {
          path: '/health',
          matcher: '200',
          interval: 10,
          timeout: 5,
          healthyThreshold: 2,
          unhealthyThreshold: 3,
        },
      },
      opts,
    )
    const common = {
      loadBalancerArn: this.balancer.arn,
      defaultActions: [{ type: 'forward', targetGroupArn: this.group.arn }],
    }
    if (config.domain === '') {
      this.listener = new aws.lb.Listener(name, { ...common, protocol: 'HTTP', port: 80 }, opts)
      this.url = this.balancer.dnsName.apply((host) => `http://${host}`)
      return
    }
    const certificate = createCertificate(base, this)
    this.listener = new aws.lb.Listener(
      name,
      {
        ...common,
        protocol: 'HTTPS',
        port: 443,
        certificateArn: certificate.certificateArn,
        sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
      },
      opts,
    )
    const record = new aws.route53.Record(
      name,
      {
        zoneId: config.hostedZoneId,
        name: config.domain,
        type: 'A',
        aliases: [{ name: this.balancer.dnsName, zoneId: this.balancer.zoneId, evaluateTargetHealth: true }],
      },
      opts,
    )
    this.url = record.fqdn.apply((host) => `https://${host}`)
  }
}
