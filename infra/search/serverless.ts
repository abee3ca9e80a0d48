import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import { type Base, Component, nameOf, stateful } from '../base.ts'
import type { Grant } from '../grants.ts'
import type { Search, SearchArgs, SearchRoles } from './search.ts'

/** Reading passages, in the words of data-access policies. */
const reads = ['aoss:DescribeIndex', 'aoss:ReadDocument']
/** Making the index, writing into it, and deleting it where it has to be made anew. */
const writes = [...reads, 'aoss:CreateIndex', 'aoss:UpdateIndex', 'aoss:DeleteIndex', 'aoss:WriteDocument']
/** Index templates belong to the collection. */
const templates = ['aoss:CreateCollectionItems', 'aoss:UpdateCollectionItems', 'aoss:DescribeCollectionItems']

/** A serverless vector collection: classic, or of the kind that scales to zero. */
export class SearchCollection extends Component implements Search {
  readonly url: pulumi.Output<string>
  readonly id: pulumi.Output<string>
  readonly service = 'aoss'
  readonly dialect = 'serverless'
  readonly engine: 'faiss' | 'provider'
  readonly replicas = 0
  readonly dimensions: Search['dimensions']
  readonly #base: Base
  readonly #name: string
  readonly #collection: aws.opensearch.ServerlessCollection

  constructor(base: Base, { network, firewall, key }: SearchArgs) {
    super('SearchCollection', base)
    this.#base = base
    this.#name = nameOf(base, 'search')
    const { config } = base
    const [name, opts] = [this.#name, { parent: this }]
    const nextgen = config.serverlessGeneration === 'nextgen'
    this.engine = nextgen ? 'provider' : 'faiss'
    warnOfLimits(base, this)

    const collection = `collection/${name}`
    const encryption = new aws.opensearch.ServerlessSecurityPolicy(
      `${name}-encryption`,
      {
        name,
        type: 'encryption',
        policy: pulumi.jsonStringify({
          Rules: [{ ResourceType: 'collection', Resource: [collection] }],
          ...(key.arn ? { AWSOwnedKey: false, KmsARN: key.arn } : { AWSOwnedKey: true }),
        }),
      },
      opts,
    )
    const endpoint = new aws.opensearch.ServerlessVpcEndpoint(
      name,
      {
        name,
        vpcId: network.vpc.id,
        subnetIds: network.privateSubnets.map((subnet) => subnet.id),
        securityGroupIds: [firewall.search.id],
      },
      opts,
    )
    const reachable = new aws.opensearch.ServerlessSecurityPolicy(
      `${name}-network`,
      {
        name,
        type: 'network',
        policy: pulumi.jsonStringify([
          {
            Description: 'From the network of this stack only',
            Rules: [{ ResourceType: 'collection', Resource: [collection] }],
            AllowFromPublic: false,
            SourceVPCEs: [endpoint.id],
          },
        ]),
      },
      opts,
    )
    // The kind that scales to zero has no copy to leave out.
    const standbyReplicas = nextgen || config.serverlessStandby ? 'ENABLED' : 'DISABLED'
    const group = nextgen ? this.#scalingGroup(base) : undefined
    this.#collection = new aws.opensearch.ServerlessCollection(
      name,
      { name, type: 'VECTORSEARCH', standbyReplicas, ...(group && { collectionGroupName: group.name }) },
      { ...opts, ...stateful, dependsOn: [encryption, reachable] },
    )
    this.url = this.#collection.collectionEndpoint
    this.id = this.#collection.id
    this.dimensions = { ClientId: base.account, CollectionId: this.id, CollectionName: this.#collection.name }
  }

  /** What scales to zero belongs to a group, whose limits are its own. */
  #scalingGroup(base: Base): aws.opensearch.ServerlessCollectionGroup {
    const { config } = base
    return new aws.opensearch.ServerlessCollectionGroup(
      this.#name,
      {
        name: this.#name,
        description: `Search of the stack ${config.stack}`,
        standbyReplicas: 'ENABLED',
        generation: 'NEXTGEN',
        capacityLimits: [
          {
            minIndexingCapacityInOcu: 0,
            minSearchCapacityInOcu: 0,
            maxIndexingCapacityInOcu: config.serverlessIndexingOcu,
            maxSearchCapacityInOcu: config.serverlessSearchOcu,
          },
        ],
      },
      { parent: this },
    )
  }

  /** The one permission that there is; which indexes, and what in them, is said by the data-access policy. */
  grantRead(): Grant[] {
    return [{ sid: 'Search', actions: ['aoss:APIAccessAll'], resources: [this.#collection.arn] }]
  }

  grantLook(): Grant[] {
    return this.grantRead()
  }

  grantWrite(): Grant[] {
    return this.grantRead()
  }

  admit(roles: SearchRoles): void {
    const name = this.#name
    const rule = (ResourceType: 'index' | 'collection', Permission: readonly string[]) => ({
      ResourceType,
      Resource: [ResourceType === 'index' ? `index/${name}/*` : `collection/${name}`],
      Permission,
    })
    new aws.opensearch.ServerlessAccessPolicy(
      name,
      {
        name: nameOf(this.#base, 'search'),
        type: 'data',
        policy: pulumi.jsonStringify([
          { Description: 'The API reads', Rules: [rule('index', reads)], Principal: [roles.api, roles.tools] },
          {
            Description: 'The worker writes',
            Rules: [rule('index', writes), rule('collection', templates)],
            Principal: [roles.worker],
          },
        ]),
      },
      { parent: this },
    )
  }
}

/** Limits of classic collections are the account's, which no resource sets: whoever deploys has to. */
function warnOfLimits({ config }: Base, resource: pulumi.Resource): void {
  if (config.serverlessGeneration !== 'classic') return
  const limits = `maxIndexingCapacityInOCU=${config.serverlessIndexingOcu},maxSearchCapacityInOCU=${config.serverlessSearchOcu}`
  void pulumi.log.warn(
    `The limits of classic collections count for all of them in this account and in ${config.region} together, so this stack does not ` +
      `set them. What it is reckoned with: aws opensearchserverless update-account-settings --capacity-limits ${limits} --region ${config.region}`,
    resource,
  )
}
