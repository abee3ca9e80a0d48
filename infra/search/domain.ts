import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import { type Base, Component, nameOf, stateful } from '../base.ts'
import { type Grant, resourcePolicy } from '../grants.ts'
import type { Search, SearchArgs, SearchRoles } from './search.ts'

const looks = ['es:ESHttpGet']
const reads = [...looks, 'es:ESHttpPost']
const writes = [...reads, 'es:ESHttpPut']

/** A domain of machines inside the network: one for dev, or several over the zones, with masters of their own. */
export class SearchDomain extends Component implements Search {
  readonly url: pulumi.Output<string>
  readonly id: pulumi.Output<string>
  readonly service = 'es'
  readonly dialect = 'domain'
  readonly engine = 'lucene'
  readonly replicas: number
  readonly dimensions: Search['dimensions']
  readonly #base: Base
  readonly #domain: aws.opensearch.Domain

  constructor(base: Base, { network, firewall, key }: SearchArgs) {
    super('SearchDomain', base)
    this.#base = base
    const { config } = base
    const name = nameOf(base, 'search')
    const several = config.domainInstances > 1
    const masters = config.domainMasterType !== ''
    // One machine has no place for a copy; several have one in each other zone.
    this.replicas = several ? config.zones - 1 : 0
    this.#domain = new aws.opensearch.Domain(
      name,
      {
        domainName: name,
        engineVersion: 'OpenSearch_3.1',
        clusterConfig: {
          instanceType: config.domainInstanceType,
          instanceCount: config.domainInstances,
          zoneAwarenessEnabled: several,
          ...(several && { zoneAwarenessConfig: { availabilityZoneCount: config.zones } }),
          dedicatedMasterEnabled: masters,
          ...(masters && { dedicatedMasterType: config.domainMasterType, dedicatedMasterCount: 3 }),
          multiAzWithStandbyEnabled: several && masters && config.zones === 3,
        },
        ebsOptions: { ebsEnabled: true, volumeType: 'gp3', volumeSize: config.domainVolumeGb },
        encryptAtRest: { enabled: true, ...(key.arn && { kmsKeyId: key.arn }) },
        nodeToNodeEncryption: { enabled: true },
        domainEndpointOptions: { enforceHttps: true, tlsSecurityPolicy: 'Policy-Min-TLS-1-2-PFS-2023-10' },
        vpcOptions: {
          subnetIds: network.privateSubnets.slice(0, several ? config.zones : 1).map((subnet) => subnet.id),
          securityGroupIds: [firewall.search.id],
        },
        softwareUpdateOptions: { autoSoftwareUpdateEnabled: true },
        tags: { Name: name },
      },
      { parent: this, ...stateful },
    )
    this.url = pulumi.interpolate`https://${this.#domain.endpoint}`
    this.id = this.#domain.domainName
    this.dimensions = { ClientId: base.account, DomainName: this.#domain.domainName }
  }

  grantLook(): Grant[] {
    return [{ sid: 'Search', actions: looks, resources: this.#paths() }]
  }

  grantRead(): Grant[] {
    return [{ sid: 'Search', actions: reads, resources: this.#paths() }]
  }

  grantWrite(): Grant[] {
    return [{ sid: 'Search', actions: writes, resources: this.#paths() }]
  }

  admit(roles: SearchRoles): void {
    const admitted = (role: pulumi.Input<string>, sid: string, actions: string[]) => ({
      ...{ sid, principal: { AWS: role }, actions },
      resources: this.#paths(),
    })
    new aws.opensearch.DomainPolicy(
      nameOf(this.#base, 'search'),
      {
        domainName: this.#domain.domainName,
        accessPolicies: resourcePolicy([
          admitted(roles.api, 'Api', reads),
          admitted(roles.worker, 'Worker', writes),
          admitted(roles.tools, 'Tools', looks),
        ]),
      },
      { parent: this },
    )
  }

  #paths(): pulumi.Output<string>[] {
    return [pulumi.interpolate`${this.#domain.arn}/*`]
  }
}
