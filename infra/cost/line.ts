import type { StackConfig } from '../config.ts'
import type { CaseName } from './cases.ts'
import { isUnconfirmed, type Price, type PricedRegion, type PriceName, prices } from './prices.ts'
import type { Usage } from './usage.ts'

export const hoursAMonth = 730
export const minutesAMonth = hoursAMonth * 60

/**
 * What a cost comes from: it is there with the stack, though nobody uses it; or with the documents that are kept and taken
 * in; or with each request.
 */
export type Cause = 'fixed' | 'documents' | 'requests'

/** One line of a bill. */
export interface Line {
  service: string
  item: string
  cause: Cause
  quantity: number
  unit: string
  usdPerUnit: number
  usd: number
  source: { page: string; read: string }
  /** Why the price is not sure. */
  unconfirmed?: string
}

/** What lines are made from. */
export interface Context {
  config: StackConfig
  /** Whose prices are used. */
  region: PricedRegion
  which: CaseName
  usage: Usage
}

/** A line at a price of the file. */
export function line(
  { region }: Context,
  service: string,
  item: string,
  cause: Cause,
  quantity: number,
  given: PriceName | Price,
): Line {
  const price: Price = typeof given === 'string' ? prices[given] : given
  const usdPerUnit = price.usd[region]
  return {
    ...{
      service,
      item,
      cause,
      quantity,
      unit: price.unit,
      usdPerUnit,
      usd: quantity * usdPerUnit,
      source: price.source,
    },
    ...(isUnconfirmed(price, region) && { unconfirmed: price.unconfirmed?.why }),
  }
}

const kibi = 1024
/** GB of so many KB. */
export const gigabytes = (kilobytes: number): number => kilobytes / kibi ** 2
