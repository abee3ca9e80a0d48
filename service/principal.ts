import type { Scope } from '../shared/ports/access-store.ts'
import type { Reader } from '../shared/retrieval/types.ts'

/** Who calls. `groups: undefined` stands for every group of the tenant. */
export interface Principal extends Reader {
  subject: string
  scopes: readonly Scope[]
  /** What rates are counted by. */
  keyId: string
}
