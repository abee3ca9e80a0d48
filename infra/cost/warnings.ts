import type { StackConfig } from '../config.ts'
import { modelsOf } from '../models.ts'
import { sumOf } from './cases.ts'
import type { Estimate } from './estimate.ts'
import { leastUnits } from './lines/search.ts'
import { dollars } from './money.ts'

/** What would surprise whoever pays. */
export function* warningsOf(config: StackConfig, estimate: Estimate): Iterable<string> {
  const fixed = sumOf(estimate.services.map((each) => each.fixed))
  const search = estimate.services.find(({ service }) => service === 'OpenSearch')
  yield `${dollars(fixed.expected)} of it is paid though nobody asks anything, ${dollars(search?.fixed.expected ?? 0)} of that for OpenSearch.`
  if (config.search === 'serverless') yield* ofServerless(config, estimate)
  if (config.workerMin === 0) {
    yield `No worker runs all the time, but every message starts one: schedules do so every ${config.sweepMinutes} minutes.`
  }
  if (config.chatModel === 'openai-compatible') {
    yield 'What writes the answers runs elsewhere (kass:chatModel openai-compatible): what it costs is not in here.'
  }
  if (estimate.pricedAs !== config.region) {
    yield `The stack is in ${config.region}; these are prices of ${estimate.pricedAs}.`
  }
  if (config.monthlyBudgetUsd > 0 && estimate.total.expected > config.monthlyBudgetUsd) {
    yield `That is above kass:monthlyBudgetUsd, ${dollars(config.monthlyBudgetUsd)}: its alarm will be sent.`
  }
  for (const model of new Set(Object.values(modelsOf(config)).flatMap(({ warnings }) => warnings))) yield model
}

function* ofServerless(config: StackConfig, { lines }: Estimate): Iterable<string> {
  const most = config.serverlessIndexingOcu + config.serverlessSearchOcu
  const unit = lines.find(({ item }) => item === 'least capacity of the collection')
  const perHour = unit && unit.quantity.expected > 0 ? unit.usd.expected / unit.quantity.expected : 0
  if (config.serverlessGeneration === 'classic') {
    yield `A classic collection never has less than ${leastUnits(config)} capacity units, and they end only with the collection; its limits of ${most} would be ${dollars(most * perHour * 730)} a month, and count for the whole account and region.`
  } else {
    yield `A collection of the next generation wakes up for each comparison (every ${config.compareHours} hours) and each look at /ready; how many units it then has at least could not be read.`
  }
}
