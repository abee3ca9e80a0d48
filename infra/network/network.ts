import * as aws from '@pulumi/aws'
import type * as pulumi from '@pulumi/pulumi'
import { type Base, Component, nameOf } from '../base.ts'
import { addFlowLogs } from './flow-logs.ts'

/** The network: the load balancer in public subnets, everything else in private ones. */
export class Network extends Component {
  readonly vpc: aws.ec2.Vpc
  readonly publicSubnets: readonly aws.ec2.Subnet[]
  readonly privateSubnets: readonly aws.ec2.Subnet[]
  /** One for each private subnet. */
  readonly privateRoutes: readonly aws.ec2.RouteTable[]

  constructor(base: Base) {
    super('Network', base)
    const { config } = base
    const name = (part: string) => nameOf(base, part)
    const opts = { parent: this }
    const vpc = new aws.ec2.Vpc(
      name('network'),
      { cidrBlock: config.vpcCidr, enableDnsHostnames: true, enableDnsSupport: true, tags: { Name: name('network') } },
      opts,
    )
    // The one that comes with every network lets everything out; ours are named.
    new aws.ec2.DefaultSecurityGroup(name('default'), { vpcId: vpc.id, ingress: [], egress: [] }, opts)

    const zones = aws.getAvailabilityZonesOutput({ state: 'available' }, { parent: this }).names
    const indexes = Array.from({ length: config.zones }, (_, index) => index)
    const subnet = (kind: 'public' | 'private', index: number) =>
      new aws.ec2.Subnet(
        name(`${kind}-${index}`),
        {
          vpcId: vpc.id,
          availabilityZone: zones.apply((all) => all[index] ?? ''),
          cidrBlock: subnetCidr(config.vpcCidr, kind, index),
          mapPublicIpOnLaunch: false,
          tags: { Name: name(`${kind}-${index}`) },
        },
        opts,
      )
    this.vpc = vpc
    this.publicSubnets = indexes.map((index) => subnet('public', index))
    this.privateSubnets = indexes.map((index) => subnet('private', index))

    const gateway = new aws.ec2.InternetGateway(name('internet'), { vpcId: vpc.id }, opts)
    const publicRoutes = new aws.ec2.RouteTable(name('public'), { vpcId: vpc.id }, opts)
    new aws.ec2.Route(
      name('public-internet'),
      { routeTableId: publicRoutes.id, destinationCidrBlock: '0.0.0.0/0', gatewayId: gateway.id },
      opts,
    )
    attach(name, 'public', this.publicSubnets, () => publicRoutes, opts)
    this.privateRoutes = indexes.map(
      (index) => new aws.ec2.RouteTable(name(`private-${index}`), { vpcId: vpc.id }, opts),
    )
    attach(name, 'private', this.privateSubnets, (index) => this.privateRoutes[index], opts)
    if (config.egress !== 'endpoints') this.#addNat(base, gateway)
    if (config.flowLogs) addFlowLogs(base, this, vpc.id)
  }

  /** A way to the internet and none from it. */
  #addNat(base: Base, gateway: aws.ec2.InternetGateway): void {
    const opts = { parent: this }
    const places = base.config.natPerZone ? this.publicSubnets : this.publicSubnets.slice(0, 1)
    const gateways = places.map((subnet, index) => {
      const address = new aws.ec2.Eip(nameOf(base, `nat-${index}`), { domain: 'vpc' }, opts)
      const args = { allocationId: address.id, subnetId: subnet.id }
      return new aws.ec2.NatGateway(nameOf(base, `nat-${index}`), args, { ...opts, dependsOn: [gateway] })
    })
    for (const [index, table] of this.privateRoutes.entries()) {
      const nat = gateways[index] ?? gateways[0]
      if (nat === undefined) continue
      const args = { routeTableId: table.id, destinationCidrBlock: '0.0.0.0/0', natGatewayId: nat.id }
      new aws.ec2.Route(nameOf(base, `private-internet-${index}`), args, opts)
    }
  }
}

function attach(
  name: (part: string) => string,
  kind: string,
  subnets: readonly aws.ec2.Subnet[],
  tableOf: (index: number) => aws.ec2.RouteTable | undefined,
  opts: pulumi.CustomResourceOptions,
): void {
  for (const [index, subnet] of subnets.entries()) {
    const table = tableOf(index)
    if (table === undefined) continue
    new aws.ec2.RouteTableAssociation(name(`${kind}-${index}`), { subnetId: subnet.id, routeTableId: table.id }, opts)
  }
}

/** Private subnets have 4,096 addresses each, public ones 256, after them. */
function subnetCidr(vpc: string, kind: 'public' | 'private', index: number): string {
  const [a, b] = vpc.split('.')
  return kind === 'private' ? `${a}.${b}.${index * 16}.0/20` : `${a}.${b}.${240 + index}.0/24`
}
