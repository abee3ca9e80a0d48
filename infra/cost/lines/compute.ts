import { type Context, hoursAMonth, type Line, line } from '../line.ts'

/** API and worker on Fargate. A sidecar shares the size of its task and costs nothing of its own. */
export function computeLines(context: Context): Line[] {
  const { config } = context
  const { always, more } = apiTasks(context)
  const worker = workerHours(context)
  const api = { cpu: config.apiCpu, memory: config.apiMemory, spot: false }
  const ingestion = { cpu: config.workerCpu, memory: config.workerMemory, spot: config.workerSpot }
  return [
    ...tasks(context, 'API tasks', 'fixed', always * hoursAMonth, api),
    ...tasks(context, 'API tasks, more of them', 'requests', more, api),
    ...tasks(context, 'worker tasks', 'fixed', worker.fixed, ingestion),
    ...tasks(context, 'worker tasks, for documents', 'documents', worker.documents, ingestion),
  ]
}

interface Size {
  /** Processor units, 1024 each, and MiB. */
  cpu: number
  memory: number
  spot: boolean
}

// They move, and are in no price list.
const spotPrices = 'spare capacity has no list price: a share of the full one is assumed'

function tasks(context: Context, item: string, cause: Line['cause'], hours: number, size: Size): Line[] {
  const arm = context.config.architecture === 'arm64'
  const disk = Math.max(0, context.config.scratchGb - 20)
  const paid = hours * (size.spot ? context.usage.spotPrice : 1)
  const [cpu, memory] = [(paid * size.cpu) / 1024, (paid * size.memory) / 1024]
  const lines = [
    line(context, 'Fargate', `${item}: processors`, cause, cpu, arm ? 'fargateArmCpu' : 'fargateX86Cpu'),
    line(context, 'Fargate', `${item}: memory`, cause, memory, arm ? 'fargateArmMemory' : 'fargateX86Memory'),
    line(context, 'Fargate', `${item}: disk`, cause, paid * disk, 'fargateDisk'),
  ]
  return size.spot ? lines.map((one) => ({ ...one, unconfirmed: spotPrices })) : lines
}

/** How many API tasks run always, and hours of further ones. */
function apiTasks({ config, usage, which }: Context): { always: number; more: number } {
  const { apiMin, apiMax } = config
  if (which === 'floor') return { always: apiMin, more: 0 }
  if (which === 'ceiling') return { always: apiMin, more: (apiMax - apiMin) * hoursAMonth }
  const mean = (usage.questions + usage.searches) / (usage.activeHours * 60)
  const wanted = Math.ceil((mean * usage.peakFactor) / config.apiRequestsPerMinute)
  return { always: apiMin, more: Math.max(0, Math.min(apiMax, wanted) - apiMin) * usage.activeHours }
}

/** Hours of workers that run always, or are woken by schedules, and of those that documents need beyond. */
function workerHours({ config, usage, which }: Context): { fixed: number; documents: number } {
  const wakes = (hoursAMonth * 60) / config.sweepMinutes + hoursAMonth / config.compareHours
  const woken = config.workerMin > 0 ? 0 : Math.min(hoursAMonth, wakes * usage.wakeHours)
  const fixed = config.workerMin * hoursAMonth + woken
  const most = config.workerMax * hoursAMonth
  const needed = which === 'ceiling' ? most : (usage.takenIn * usage.documentSeconds) / 3600
  return { fixed: Math.min(fixed, most), documents: Math.max(0, Math.min(needed, most) - fixed) }
}
