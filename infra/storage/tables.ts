import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import { type TableDefinition, tables } from '../../shared/adapters/dynamodb/tables.ts'
import { type Base, Component, nameOf, stateful } from '../base.ts'
import type { Grant } from '../grants.ts'
import type { EncryptionKey } from './key.ts'

export type TableName = keyof typeof tables

/** What may be done with items; a transaction needs the right for each of its parts. */
export type TableAction =
  | 'BatchGetItem'
  | 'BatchWriteItem'
  | 'ConditionCheckItem'
  | 'DeleteItem'
  | 'DescribeTable'
  | 'DescribeTimeToLive'
  | 'GetItem'
  | 'PutItem'
  | 'Query'
  | 'Scan'
  | 'UpdateItem'

/** The four tables, by the definitions that the adapters are tested against. Nothing reads a stream, so there is none. */
export class Tables extends Component {
  readonly tables: Readonly<Record<TableName, aws.dynamodb.Table>>

  constructor(base: Base, args: { key: EncryptionKey }) {
    super('Tables', base)
    const make = (name: TableName) => {
      const definition: TableDefinition = tables[name]
      // What the cache holds can be made again.
      const recoverable = base.config.pointInTimeRecovery && name !== 'cache'
      return new aws.dynamodb.Table(
        nameOf(base, name),
        {
          name: nameOf(base, name),
          billingMode: 'PAY_PER_REQUEST',
          attributes: Object.entries(definition.attributes).map(([attribute, type]) => ({ name: attribute, type })),
          hashKey: definition.hashKey,
          ...(definition.rangeKey !== undefined && { rangeKey: definition.rangeKey }),
          globalSecondaryIndexes: definition.indexes.map((index) => ({
            name: index.name,
            hashKey: index.hashKey,
            rangeKey: index.rangeKey,
            projectionType: index.projection,
          })),
          ...(definition.ttlAttribute !== undefined && {
            ttl: { attributeName: definition.ttlAttribute, enabled: true },
          }),
          pointInTimeRecovery: { enabled: recoverable },
          ...(args.key.arn && { serverSideEncryption: { enabled: true, kmsKeyArn: args.key.arn } }),
          deletionProtectionEnabled: base.config.deletionProtection,
        },
        { parent: this, ...stateful },
      )
    }
    this.tables = {
      documents: make('documents'),
      conversations: make('conversations'),
      cache: make('cache'),
      access: make('access'),
    }
  }

  /** Actions on one table, and on one of its indexes. */
  grant(name: TableName, actions: readonly TableAction[], index?: string): Grant[] {
    const { arn } = this.tables[name]
    const grants: Grant[] = [
      { sid: `Table${capital(name)}`, actions: actions.map((action) => `dynamodb:${action}`), resources: [arn] },
    ]
    if (index === undefined) return grants
    const ofIndex = pulumi.interpolate`${arn}/index/${index}`
    return [...grants, { sid: `Index${capital(index)}`, actions: ['dynamodb:Query'], resources: [ofIndex] }]
  }
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
