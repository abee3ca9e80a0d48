import { parentPort, workerData } from 'node:worker_threads'
import type { IndexQuery } from '../../ports/search-index.ts'
import { type LiveIndex, openLiveIndex } from './catch-up.ts'
import { packHits, type Settings, type ThreadAnswer } from './messages.ts'
import { searchPartition } from './query.ts'

/** How long a slice of catching up may keep a query waiting, and how often idle time is used to look for changes. */
const sliceMs = 8
const pollMs = 40

function answer(index: LiveIndex, id: number, query: IndexQuery): ThreadAnswer {
  try {
    index.catchUp(Number.POSITIVE_INFINITY)
    const partition = index.partition(query.tenant)
    if (!partition) return { id, text: packHits(undefined, []), vector: packHits(undefined, []) }
    const { text, vector } = searchPartition(partition, index.analyzer, query)
    return { id, text: packHits(partition, text), vector: packHits(partition, vector) }
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

/** Between queries: takes in changes, then tidies up, a slice at a time. */
function idle(index: LiveIndex): void {
  const more = index.behind() ? !index.catchUp(sliceMs) : index.tidy()
  if (more) setImmediate(idle, index)
  else setTimeout(idle, pollMs, index)
}

function load(index: LiveIndex, loaded: () => void): void {
  if (index.catchUp(4 * sliceMs)) loaded()
  else setImmediate(load, index, loaded)
}

const port = parentPort
if (!port) throw new Error('this file is the entry of a worker thread')
const { file, language, vectors }: Settings = workerData
const index = openLiveIndex(file, language, vectors)
load(index, () => {
  while (index.tidy());
  port.on('message', ({ id, query }: { id: number; query: IndexQuery }) => port.postMessage(answer(index, id, query)))
  port.postMessage({ ready: true } satisfies ThreadAnswer)
  idle(index)
})
