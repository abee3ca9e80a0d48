import type * as pulumi from '@pulumi/pulumi'
import type { Base } from '../base.ts'
import type { Grant } from '../grants.ts'
import type { Firewall } from '../network/firewall.ts'
import type { Network } from '../network/network.ts'
import type { EncryptionKey } from '../storage/key.ts'
import { SearchDomain } from './domain.ts'
import { SearchCollection } from './serverless.ts'

export interface SearchArgs {
  network: Network
  firewall: Firewall
  key: EncryptionKey
}

/** What each role is, by name: the policies of search name roles, which are made before their permissions. */
export interface SearchRoles {
  api: pulumi.Input<string>
  worker: pulumi.Input<string>
  tools: pulumi.Input<string>
}

/** OpenSearch, whichever it is. */
export interface Search extends pulumi.Resource {
  url: pulumi.Output<string>
  /** Name of the domain, or id of the collection. */
  id: pulumi.Output<string>
  /** For signing. */
  service: 'es' | 'aoss'
  dialect: 'domain' | 'serverless'
  engine: 'lucene' | 'faiss' | 'provider'
  replicas: number
  /** What its metrics are told apart by. */
  dimensions: Readonly<Record<string, pulumi.Output<string>>>
  /** Seeing whether all is well. */
  grantLook(): Grant[]
  grantRead(): Grant[]
  grantWrite(): Grant[]
  /** Admits the roles in the policies of search itself. */
  admit(roles: SearchRoles): void
}

/** The search of a stack, as it was configured. */
export function createSearch(base: Base, args: SearchArgs): Search {
  return base.config.search === 'domain' ? new SearchDomain(base, args) : new SearchCollection(base, args)
}
