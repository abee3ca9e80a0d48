import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { runFolder } from './leftovers.ts'
import { type Part, startPart } from './part.ts'
import { type PartName, partNames, partSpecs, seconds } from './parts.ts'
import { type Versions, versionsOf } from './versions.ts'

/** Where the integration tests find each part: test/stack/endpoints.ts. */
export const addressKeys = {
  ministack: 'KASS_TEST_AWS_URL',
  opensearch: 'KASS_TEST_OPENSEARCH_URL',
  serverless: 'KASS_TEST_SERVERLESS_URL',
  bedrock: 'KASS_TEST_BEDROCK_URL',
} as const satisfies Record<PartName, string>

export interface StackOptions {
  /** All by default; `serverless` needs `opensearch`, started here or in `running`. */
  parts?: readonly PartName[]
  /** Addresses of parts that run already: they are used, and left alone. */
  running?: Partial<Record<PartName, string>>
  /** Gets a line for each part that is ready, with how long it took. */
  say?: (line: string) => void
  /** Folder for the parts' output; one that is removed at the end when left out. */
  logs?: string
  /** How much later the serverless proxy shows writes, in milliseconds. */
  lagMs?: number
  /** MiniStack keeps what it holds over a `restart`, though not over a `kill`. */
  persist?: boolean
}

/** What runs; a part that was not asked for, or that ran before, is not there. */
export interface Stack extends Partial<Record<PartName, Part>> {
  /** For the tests, and for KASS's own processes on this stack. */
  env: Record<string, string>
  versions: Versions
  /** Ends all parts and removes what they kept. */
  stop(): Promise<void>
}

/**
 * Starts real counterparts of AWS on free ports of this machine. They end with this process, however it ends.
 * @throws when a part does not get ready, with the end of its log; the others are ended
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { parts = partNames, running = {}, say = () => undefined } = options
  const folder = runFolder()
  const logs = options.logs ?? join(folder, 'logs')
  const begun = performance.now()

  const wanted = partNames.filter((name) => parts.includes(name) && running[name] === undefined)
  const ports = new Map(await Promise.all(wanted.map(async (name) => [name, await freePort()] as const)))
  const addresses: Partial<Record<PartName, string>> = { ...running }
  for (const [name, port] of ports) addresses[name] = `http://127.0.0.1:${port}`

  const { lagMs = 0, persist = false } = options
  const specs = partSpecs({ folder, logs, lagMs, persist, say, opensearch: addresses.opensearch })
  const started: Partial<Record<PartName, Part>> = {}
  const stop = async () => {
    await Promise.all(Object.values(started).map((part) => part.stop()))
    rmSync(folder, { recursive: true, force: true })
  }
  const outcomes = await Promise.allSettled(
    [...ports].map(async ([name, port]) => {
      const part = await startPart(await specs[name](port))
      started[name] = part
      say(`${part.name} ready at ${part.url} after ${seconds(part.startedMs)}`)
    }),
  )
  try {
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
    if (wanted.length > 1) say(`the stack took ${seconds(performance.now() - begun)}`)
    const env: Record<string, string> = {
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
    }
    for (const name of partNames) if (addresses[name]) env[addressKeys[name]] = addresses[name]
    return { ...started, env, versions: await versionsOf(addresses), stop }
  } catch (error) {
    await stop()
    throw error
  }
}
