/**
 * Kills the worker or the API at random moments of a load of uploads, replacements and deletions, and then looks whether
 * every document ended as its last acknowledged wish, nothing was lost, doubled or orphaned, and the comparison agrees.
 *
 *   node test/chaos/chaos.ts [--kills 100] [--seed 1] [--storage embedded|aws]
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { loadConfig } from '../../shared/config.ts'
import { createLogger } from '../../shared/logger.ts'
import { wire } from '../../shared/wire.ts'
import { provision } from '../../tools/provision.ts'
import { freshResources } from '../stack/resources.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    storage: { type: 'string', default: 'embedded' },
  },
})
const kills = Number(values.kills)
let state = Number(values.seed)
/** Park and Miller's generator: the same load for the same seed. */
const random = () => {
  state = (state * 48271) % 2147483647
  return state / 2147483647
}
const pick = <T>(list: readonly T[]): T => {
  const item = list[Math.floor(random() * list.length)]
  if (item === undefined) throw new Error('nothing to pick from')
  return item
}

const folder = mkdtempSync(join(tmpdir(), 'kass-chaos-'))
const settings = {
  KASS_DATA: folder,
  PORT: '0',
  LOG_LEVEL: 'warn',
  LEASE_MS: '1500',
  SWEEP_EVERY_MS: '400',
  COMPARE_EVERY_MS: '0',
  CRASH_LIMIT: '100',
  RETRY_BASE_MS: '100',
  RATE_PER_MINUTE: '1000000',
  ...(values.storage === 'aws' && freshResources()),
}
const logger = createLogger({ level: 'error', name: 'chaos' })

let url = ''
let output = ''

function start(): ChildProcess {
  const child = spawn(process.execPath, ['tools/start.ts'], { env: { ...process.env, ...settings } })
  const read = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-20_000)
    const found = /https?:\/\/127\.0\.0\.1:\d+/.exec(output)
    if (found && url === '') url = found[0]
  }
  child.stdout?.on('data', read)
  child.stderr?.on('data', read)
  return child
}

/** The processes that the supervisor has started, by the main they run. */
function childrenOf(pid: number): { pid: number; main: 'service' | 'worker' }[] {
  const found: { pid: number; main: 'service' | 'worker' }[] = []
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      const parent = /^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${entry}/stat`, 'utf8'))?.[1]
      const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8')
      if (Number(parent) !== pid) continue
      if (command.includes('service/server.ts')) found.push({ pid: Number(entry), main: 'service' })
      if (command.includes('worker/main.ts')) found.push({ pid: Number(entry), main: 'worker' })
    } catch {
      // The process has ended since.
    }
  }
  return found
}

async function waitFor<T>(what: string, ms: number, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const end = Date.now() + ms
  while (Date.now() < end) {
    const found = await look()
    if (found !== undefined) return found
    await sleep(50)
  }
  throw new Error(`waited ${ms} ms in vain for ${what}\n${output.slice(-3000)}`)
}

/** Sends until the server has acknowledged: an answer that got lost may have been carried out, so the wish is repeated. */
async function insist(send: () => Promise<Response>): Promise<Response> {
  return waitFor('an acknowledgement', 60_000, async () => {
    try {
      const response = await send()
      await response.clone().arrayBuffer()
      return response.status >= 500 || response.status === 429 || response.status === 409 ? undefined : response
    } catch {
      return undefined
    }
  })
}

interface Wish {
  id?: string
  /** The word that the document must answer for; undefined when it was deleted. */
  word: string | undefined
}

const wishes = new Map<string, Wish>()
const counts = { uploads: 0, deletions: 0 }
let loading = true

function body(word: string): string {
  const paragraphs = 1 + Math.floor(random() * 30)
  return Array.from(
    { length: paragraphs },
    (_, i) => `# Part ${i}\n\nThe word of part ${i} is ${word}. ${'filler '.repeat(60)}\n`,
  ).join('\n')
}

/** One client owns its paths, so its last acknowledged wish is the last one. */
async function client(name: number): Promise<void> {
  for (let i = 0; loading; i++) {
    const path = `c${name}/doc-${Math.floor(random() * 12)}.md`
    const known = wishes.get(path)
    if (known?.id !== undefined && known.word !== undefined && random() < 0.3) {
      const response = await insist(() => fetch(`${url}/documents/${known.id}`, { method: 'DELETE' }))
      if (response.status !== 202 && response.status !== 404) throw new Error(`DELETE ${path}: ${response.status}`)
      wishes.set(path, { id: known.id, word: undefined })
      counts.deletions++
    } else {
      const word = `zq${name}x${i}`
      const content = body(word)
      const response = await insist(() => {
        const form = new FormData()
        form.set('path', path)
        form.set('file', new Blob([content]), 'doc.md')
        return fetch(`${url}/documents`, { method: 'POST', body: form })
      })
      const answer = (await response.json()) as { id?: string }
      if (response.status > 202 || answer.id === undefined) throw new Error(`POST ${path}: ${JSON.stringify(answer)}`)
      wishes.set(path, { id: answer.id, word })
      counts.uploads++
    }
    await sleep(random() * 40)
  }
}

interface Shown {
  status: string
  failure?: { code: string }
}

const settled = new Set(['ready', 'failed', 'gone'])

async function ended(id: string): Promise<Shown | undefined> {
  const response = await insist(() => fetch(`${url}/documents/${id}`))
  if (response.status === 404) return { status: 'gone' }
  const shown = (await response.json()) as Shown
  return settled.has(shown.status) ? shown : undefined
}

async function chunkTexts(id: string): Promise<string[]> {
  const response = await insist(() => fetch(`${url}/documents/${id}/chunks?limit=50`))
  if (response.status !== 200) return []
  const page = (await response.json()) as { items?: { text: string }[]; chunks?: { text: string }[] }
  return (page.items ?? page.chunks ?? []).map((chunk) => chunk.text)
}

const failures: string[] = []
let passed = 0
function check(holds: boolean, what: string): void {
  if (holds) passed++
  else failures.push(what)
}

async function verify(): Promise<void> {
  const outcomes: Record<string, number> = {}
  for (const [path, wish] of wishes) {
    const id = wish.id ?? ''
    const shown = await waitFor(`${path} to settle`, 90_000, () => ended(id))
    outcomes[shown.status] = (outcomes[shown.status] ?? 0) + 1
    if (wish.word === undefined) check(shown.status === 'gone', `${path} was deleted but is ${shown.status}`)
    else if (shown.status === 'failed')
      check(shown.failure?.code === 'worker_crashed', `${path}: ${shown.failure?.code}`)
    else {
      check(shown.status === 'ready', `${path} was uploaded but is ${shown.status}`)
      const texts = await chunkTexts(id)
      check(texts.length > 0 && texts.every((text) => text.includes(wish.word ?? '')), `${path} answers ${wish.word}`)
      check(new Set(texts).size === texts.length, `${path} has doubled chunks`)
    }
  }
  console.log(`documents: ${JSON.stringify(outcomes)} of ${wishes.size}; acknowledged: ${JSON.stringify(counts)}`)
  await verifyIndex()
}

/** What is indexed is what the records answer from, whole, and nothing else. */
async function verifyIndex(): Promise<void> {
  const { ports, close } = await wire(loadConfig(settings), { logger, role: 'tool' })
  const wrong = async () => {
    const named = new Map<string, number>()
    for await (const { active } of ports.documents.all()) if (active) named.set(active.attempt, active.chunks)
    const found: string[] = []
    for await (const { attempt, chunks } of ports.index.attempts()) {
      if (!named.has(attempt)) found.push(`${attempt} is indexed, but no record answers from it`)
      else if (named.get(attempt) !== chunks) found.push(`${attempt} has ${chunks} chunks, not ${named.get(attempt)}`)
      named.delete(attempt)
    }
    return [...found, ...[...named.keys()].map((attempt) => `${attempt} is not indexed`)]
  }
  // Second removals come a lease later; the sweep brings them.
  await waitFor('retired attempts to be purged', 60_000, async () => ((await wrong()).length === 0 ? true : undefined))
    .then(() => check(true, ''))
    .catch(async () => check(false, (await wrong()).slice(0, 10).join('; ')))
  const { dead } = await ports.queue.depth()
  check(dead === 0, `${dead} dead letters`)
  await close()
}

async function compareNow(): Promise<void> {
  const child = spawn(process.execPath, ['tools/kass.ts', 'compare', '--json'], {
    env: { ...process.env, ...settings },
  })
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString()
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  check(code === 0 && /"disagreements":\s*0/.test(printed), `comparison: exit ${code} ${printed.slice(0, 2000)}`)
  console.log(`comparison: ${printed.trim().slice(0, 300)}`)
}

if (values.storage === 'aws') await provision(loadConfig(settings), { logger })
const supervisor = start()
const killed = { service: 0, worker: 0 }
const firstSeen = new Map<number, number>()
/** What a process gets before it may be killed: about the time that it takes to start. */
const settlingMs = 900
try {
  await waitFor('the server', 30_000, () => (url === '' ? undefined : url))
  const clients = [0, 1, 2, 3].map(client)
  for (let i = 0; i < kills; i++) {
    await sleep(100 + random() * 500)
    // Someone has to be at work for a kill to interrupt anything: both answer, and have had a moment.
    const victim = await waitFor('a process to kill', 60_000, async () => {
      const running = childrenOf(supervisor.pid ?? 0)
      for (const { pid } of running) if (!firstSeen.has(pid)) firstSeen.set(pid, Date.now())
      const old = running.every(({ pid }) => Date.now() - (firstSeen.get(pid) ?? 0) > settlingMs)
      if (running.length < 2 || !old) return undefined
      const health = await fetch(`${url}/health`).catch(() => undefined)
      return health?.ok ? pick(running) : undefined
    })
    process.kill(victim.pid, 'SIGKILL')
    killed[victim.main]++
  }
  loading = false
  await Promise.all(clients)
  console.log(`killed: ${JSON.stringify(killed)}`)
  await verify()
} catch (error) {
  failures.push(String(error))
} finally {
  supervisor.kill('SIGTERM')
  await Promise.race([
    new Promise((resolve) => supervisor.on('close', resolve)),
    sleep(40_000, undefined, { ref: false }),
  ])
}
await compareNow()
rmSync(folder, { recursive: true, force: true })
for (const failure of failures) console.error(`✖ ${failure}`)
console.log(`${passed} passed, ${failures.length} failed`)
process.exitCode = failures.length === 0 ? 0 : 1
