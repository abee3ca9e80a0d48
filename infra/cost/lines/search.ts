import type { StackConfig } from '../../config.ts'
import { type Context, hoursAMonth, type Line, line } from '../line.ts'
import { searchMachine } from '../prices.ts'
import { ofDocument, type Usage } from '../usage.ts'

const giga = 1024 ** 3

/**
 * GB that the vectors need in memory: 1.1 × (4 × dimensions + 8 × 16) bytes each (Amazon OpenSearch Service developer
 * guide, k-NN: HNSW memory estimation, m = 16). One chunk is one call of the embedder.
 */
export function vectorGigabytes({ embeddingDimensions, embedder }: StackConfig, usage: Usage): number {
  const chunks = usage.kept * ofDocument(usage, ({ models }) => models.calls)
  return embedder === 'none' ? 0 : (chunks * 1.1 * (4 * embeddingDimensions + 8 * 16)) / giga
}

/** OpenSearch: what is paid without a single search is most of it. */
export function searchLines(context: Context): Line[] {
  return context.config.search === 'domain' ? domainLines(context) : serverlessLines(context)
}

function domainLines(context: Context): Line[] {
  const { domainInstances, domainInstanceType, domainMasterType, domainVolumeGb } = context.config
  const machines = domainInstances * hoursAMonth
  const lines = [
    line(context, 'OpenSearch', 'machines of the domain', 'fixed', machines, searchMachine(domainInstanceType)),
    line(context, 'OpenSearch', 'disks', 'fixed', domainInstances * domainVolumeGb, 'searchDisk'),
  ]
  if (domainMasterType === '') return lines
  return [
    ...lines,
    line(context, 'OpenSearch', 'dedicated masters', 'fixed', 3 * hoursAMonth, searchMachine(domainMasterType)),
  ]
}

/** The kind that scales to zero always has its copy. */
const copies = ({ serverlessStandby, serverlessGeneration }: StackConfig): number =>
  serverlessStandby || serverlessGeneration === 'nextgen' ? 2 : 1

/** Least capacity units of a collection that is not idle: half a one for indexing, half a one for search, in each copy. */
export const leastUnits = (config: StackConfig): number => copies(config)

function serverlessLines(context: Context): Line[] {
  const { config, usage, which } = context
  const gigabytes = vectorGigabytes(config, usage)
  const most = config.serverlessIndexingOcu + config.serverlessSearchOcu
  const least = Math.min(most, leastUnits(config))
  const needed = Math.min(most, 2 * copies(config) * halves(gigabytes / usage.vectorsForUnit))
  const stored = gigabytes * usage.indexFactor
  const hours = collectionHours(context)
  const forDocuments = which === 'ceiling' ? most : needed
  return [
    line(context, 'OpenSearch', 'least capacity of the collection', 'fixed', least * hours.fixed, 'searchUnit'),
    line(context, 'OpenSearch', 'while somebody asks', 'requests', least * hours.requests, 'searchUnit'),
    line(
      context,
      'OpenSearch',
      'capacity for the documents',
      'documents',
      Math.max(0, forDocuments - least) * (hours.fixed + hours.requests),
      'searchUnit',
    ),
    line(context, 'OpenSearch', 'index', 'documents', stored, 'searchUnitStorage'),
  ]
}

/** Up to the next half unit, then to the next whole one. */
function halves(units: number): number {
  return units <= 0.5 ? 0.5 : Math.ceil(units)
}

/** What a comparison keeps it awake: itself and ten minutes. */
const wokenHours = 0.2

/**
 * Hours for which the capacity is there. A classic collection always has it; one of the next generation loses it after
 * ten minutes without a request, and each comparison wakes it.
 */
function collectionHours({ config, usage }: Context): { fixed: number; requests: number } {
  if (config.serverlessGeneration === 'classic') return { fixed: hoursAMonth, requests: 0 }
  const woken = Math.min(hoursAMonth, (hoursAMonth / config.compareHours) * wokenHours)
  // Each request keeps it for ten minutes; many at once keep it for the hours in which somebody asks.
  const asked = Math.min(usage.activeHours, (usage.questions + usage.searches) / 6)
  return { fixed: woken, requests: Math.min(hoursAMonth - woken, asked) }
}
