import * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import { type Base, Component, nameOf } from '../base.ts'
import type { Network } from './network.ts'

/** Who there is, and what each is for. */
const parties = {
  balancer: 'Load balancer',
  api: 'API tasks',
  worker: 'Worker tasks',
  endpoints: 'Interface endpoints of AWS',
  search: 'OpenSearch',
} as const

export type Party = keyof typeof parties
export type Outside = { cidr: string } | { prefixList: pulumi.Input<string> }

/** The port that tasks listen on. */
export const apiPort = 8080
const tls = 443

/** The security groups. A flow is allowed on both of its ends, or not at all. */
export class Firewall extends Component {
  readonly balancer: aws.ec2.SecurityGroup
  readonly api: aws.ec2.SecurityGroup
  readonly worker: aws.ec2.SecurityGroup
  readonly endpoints: aws.ec2.SecurityGroup
  readonly search: aws.ec2.SecurityGroup
  readonly #base: Base

  constructor(base: Base, args: { network: Network }) {
    super('Firewall', base)
    this.#base = base
    const group = (party: Party) =>
      new aws.ec2.SecurityGroup(
        nameOf(base, party),
        {
          name: nameOf(base, party),
          description: parties[party],
          vpcId: args.network.vpc.id,
          tags: { Name: nameOf(base, party) },
        },
        // Rules are resources of their own; the one that lets everything out is taken away.
        { parent: this },
      )
    this.balancer = group('balancer')
    this.api = group('api')
    this.worker = group('worker')
    this.endpoints = group('endpoints')
    this.search = group('search')

    const { config } = base
    this.#enter('balancer', config.domain === '' ? 80 : tls, config.allowedCidr)
    this.#flow('balancer', 'api', apiPort)
    for (const task of ['api', 'worker'] as const) {
      this.#flow(task, 'search', tls)
      if (config.egress !== 'nat') this.#flow(task, 'endpoints', tls)
      if (config.egress !== 'endpoints') this.#leave(task, 'internet', { cidr: '0.0.0.0/0' })
    }
  }

  /** Tasks may also go to these lists of addresses: S3 and DynamoDB behind their gateway endpoints. */
  openTo(prefixLists: readonly pulumi.Input<string>[]): void {
    for (const task of ['api', 'worker'] as const) {
      for (const [index, prefixList] of prefixLists.entries()) this.#leave(task, `gateway-${index}`, { prefixList })
    }
  }

  #flow(from: Party, to: Party, port: number): void {
    const ports = { ipProtocol: 'tcp', fromPort: port, toPort: port }
    const name = nameOf(this.#base, `${from}-to-${to}`)
    new aws.vpc.SecurityGroupEgressRule(
      name,
      {
        securityGroupId: this[from].id,
        referencedSecurityGroupId: this[to].id,
        ...ports,
        description: `To ${parties[to]}`,
      },
      { parent: this },
    )
    new aws.vpc.SecurityGroupIngressRule(
      name,
      {
        securityGroupId: this[to].id,
        referencedSecurityGroupId: this[from].id,
        ...ports,
        description: `From ${parties[from]}`,
      },
      { parent: this },
    )
  }

  #enter(to: Party, port: number, cidrIpv4: string): void {
    new aws.vpc.SecurityGroupIngressRule(
      nameOf(this.#base, `callers-to-${to}`),
      {
        securityGroupId: this[to].id,
        cidrIpv4,
        ipProtocol: 'tcp',
        fromPort: port,
        toPort: port,
        description: 'From callers',
      },
      { parent: this },
    )
  }

  #leave(from: Party, to: string, outside: Outside): void {
    const where = 'cidr' in outside ? { cidrIpv4: outside.cidr } : { prefixListId: outside.prefixList }
    new aws.vpc.SecurityGroupEgressRule(
      nameOf(this.#base, `${from}-to-${to}`),
      {
        securityGroupId: this[from].id,
        ...where,
        ipProtocol: 'tcp',
        fromPort: tls,
        toPort: tls,
        description: `To ${to}`,
      },
      { parent: this },
    )
  }
}
