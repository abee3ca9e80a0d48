import type { Test } from 'tap'
import { loadConfig } from '../../shared/config.ts'
import { createLogger } from '../../shared/logger.ts'
import { type FakeBedrock, startFakeBedrock } from '../../tools/fake-bedrock.ts'
import { provision } from '../../tools/provision.ts'
import { type Server, serverAt } from '../e2e/server.ts'
import { freshResources } from '../stack/resources.ts'
import { startTwoMains, type TwoMains } from '../stack/two-mains.ts'

export interface Deployment {
  mains: TwoMains
  server: Server
  bedrock: FakeBedrock
  /** The settings of the processes. */
  settings: Record<string, string>
  /** How many documents the comparison is not content with, once nothing is under way. */
  disagreements(): Promise<unknown>
}

/** What waits, at a pace for tests. */
const brisk = {
  LEASE_MS: '1500',
  SWEEP_EVERY_MS: '500',
  COMPARE_EVERY_MS: '0',
  RETRY_BASE_MS: '100',
  CACHE_TTL_MS: '0',
}

/** Service and worker as separate processes on AWS resources of their own, with a Bedrock of their own. */
export async function deploy(t: Test, more: Record<string, string> = {}): Promise<Deployment> {
  const bedrock = await startFakeBedrock()
  t.teardown(() => bedrock.close())
  const settings = {
    ...freshResources(),
    ...brisk,
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url,
    CHAT_MODEL: 'bedrock',
    EMBEDDER: 'bedrock',
    ...more,
  }
  await provision(loadConfig(settings), { logger: createLogger({ level: 'error', name: 'provision' }) })
  const mains = await startTwoMains(settings)
  t.teardown(() => mains.stop())
  const server = serverAt(mains.url, {}, settings)
  return {
    mains,
    server,
    bedrock,
    settings,
    async disagreements() {
      const { stdout, stderr } = await server.kass('compare', '--json')
      if (stdout === '') throw new Error(stderr)
      return JSON.parse(stdout).disagreements
    },
  }
}
