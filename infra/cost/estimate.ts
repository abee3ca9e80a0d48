import type { StackConfig } from '../config.ts'
import { type Cases, caseNames, casesOf, sumOf } from './cases.ts'
import type { Cause, Context, Line } from './line.ts'
import { computeLines } from './lines/compute.ts'
import { dataLines } from './lines/data.ts'
import { modelLines } from './lines/models.ts'
import { networkLines } from './lines/network.ts'
import { searchLines } from './lines/search.ts'
import { watchLines } from './lines/watch.ts'
import { isPricedRegion, type PricedRegion, pricedRegions } from './prices.ts'
import { usageOf, type Workload } from './usage.ts'

/** One line in its three cases. */
export interface EstimateLine extends Omit<Line, 'quantity' | 'usd' | 'usdPerUnit'> {
  quantity: Cases
  usd: Cases
}

export interface ServiceCost {
  service: string
  fixed: Cases
  documents: Cases
  /** All requests of the month together. */
  requests: Cases
  total: Cases
}

export interface Estimate {
  stack: string
  region: string
  pricedAs: PricedRegion
  workload: Workload
  lines: readonly EstimateLine[]
  services: readonly ServiceCost[]
  total: Cases
}

/** What a line is for: everything that exists or happens in a stack and costs money. */
export function linesOf(context: Context): Line[] {
  return [
    ...networkLines(context),
    ...computeLines(context),
    ...searchLines(context),
    ...dataLines(context),
    ...modelLines(context),
    ...watchLines(context),
  ]
}

/**
 * A month of a stack.
 * @param region whose prices are used; the stack's own when left out
 * @throws Error in one sentence, when there are no prices for the region
 */
export function estimate(config: StackConfig, workload: Workload, region: string = config.region): Estimate {
  if (!isPricedRegion(region)) {
    throw new Error(
      `There are no prices for ${region}: known are ${pricedRegions.join(' and ')}; --prices ${pricedRegions[0]} reckons with those.`,
    )
  }
  const [floor, expected, ceiling] = caseNames.map((which) =>
    linesOf({ config, region, which, usage: usageOf(which, workload) }),
  )
  const lines = (expected ?? []).map((line, at): EstimateLine => {
    const all = { floor: floor?.[at], expected: line, ceiling: ceiling?.[at] }
    const { service, item, cause, unit, source, unconfirmed } = line
    return {
      ...{ service, item, cause, unit, source, ...(unconfirmed !== undefined && { unconfirmed }) },
      quantity: casesOf((which) => all[which]?.quantity ?? 0),
      usd: casesOf((which) => all[which]?.usd ?? 0),
    }
  })
  const services = [...new Set(lines.map(({ service }) => service))].map((service) => costOf(service, lines))
  const total = sumOf(services.map((each) => each.total))
  return { stack: config.stack, region: config.region, pricedAs: region, workload, lines, services, total }
}

function costOf(service: string, lines: readonly EstimateLine[]): ServiceCost {
  const own = lines.filter((line) => line.service === service)
  const by = (cause: Cause) => sumOf(own.filter((line) => line.cause === cause).map(({ usd }) => usd))
  const [fixed, documents, requests] = [by('fixed'), by('documents'), by('requests')]
  return { service, fixed, documents, requests, total: sumOf([fixed, documents, requests]) }
}
