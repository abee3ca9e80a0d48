/** The tables as data: what `createTables` makes, and what a deployment has to make. Billing is on demand. */
export interface TableDefinition {
  /** The attributes that keys are made of: `S` text, `N` number. */
  attributes: Readonly<Record<string, 'S' | 'N'>>
  hashKey: string
  rangeKey?: string
  /** Global secondary indexes. */
  indexes: readonly IndexDefinition[]
  /** Holds the second (since 1970) from which on the service may remove an item. */
  ttlAttribute?: string
}

export interface IndexDefinition {
  name: string
  hashKey: string
  rangeKey: string
  projection: 'KEYS_ONLY' | 'ALL'
}

const keyed = { attributes: { pk: 'S', sk: 'S' }, hashKey: 'pk', rangeKey: 'sk', indexes: [] } as const

/** The documents' one index: what the sweep must look at, in shards; only documents that wait for something are in it. */
export const dueIndex = {
  name: 'due',
  hashKey: 'dueShard',
  rangeKey: 'dueAt',
  projection: 'KEYS_ONLY',
} as const satisfies IndexDefinition

export const tables = {
  documents: { ...keyed, attributes: { ...keyed.attributes, dueShard: 'S', dueAt: 'N' }, indexes: [dueIndex] },
  conversations: { ...keyed, ttlAttribute: 'ttl' },
  cache: { attributes: { pk: 'S' }, hashKey: 'pk', indexes: [], ttlAttribute: 'ttl' },
  access: keyed,
} as const satisfies Record<string, TableDefinition>

export type TableNames = Record<keyof typeof tables, string>
