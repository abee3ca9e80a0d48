import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { installMinistack, ministackPart } from './ministack.ts'
import type { PartSpec } from './part.ts'

export const partNames = ['ministack', 'opensearch', 'serverless', 'bedrock'] as const
export type PartName = (typeof partNames)[number]

const tools = join(import.meta.dirname, '..')

/** A length of time for people. */
export const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`

/** How each part of the stack is started on a port. */
export function partSpecs(options: {
  /** For what the parts keep. */
  folder: string
  logs: string
  lagMs: number
  persist: boolean
  say(line: string): void
  /** Address of the node behind the serverless proxy. */
  opensearch: string | undefined
}): Record<PartName, (port: number) => Promise<PartSpec> | PartSpec> {
  const { folder, logs, lagMs, persist, say, opensearch } = options
  return {
    async ministack(port) {
      const { python, installedMs } = await installMinistack()
      if (installedMs !== undefined) say(`MiniStack installed in ${seconds(installedMs)}`)
      const own = join(folder, 'ministack')
      mkdirSync(own)
      return ministackPart({ port, python, folder: own, log: join(logs, 'ministack.log'), persist })
    },
    async opensearch(port) {
      const args = [join(folder, 'opensearch'), String(port), String(await freePort())]
      return {
        name: 'OpenSearch',
        port,
        readyPath: '/_cluster/health?wait_for_status=yellow&timeout=1s',
        // The first start fetches it.
        readyWithinMs: 600_000,
        graceMs: 15_000,
        command: () => ({ command: join(tools, 'stack/opensearch.sh'), args, log: join(logs, 'opensearch.log') }),
      }
    },
    serverless: (port) => {
      if (!opensearch) throw new Error('the serverless proxy needs an OpenSearch node behind it')
      const args = ['--upstream', opensearch, '--lag', String(lagMs)]
      return nodePart(
        'serverless proxy',
        'stack/serverless-proxy.ts',
        port,
        '/_control',
        join(logs, 'serverless.log'),
        args,
      )
    },
    bedrock: (port) => nodePart('Bedrock emulator', 'fake-bedrock.ts', port, '/_health', join(logs, 'bedrock.log')),
  }
}

function nodePart(
  name: string,
  script: string,
  port: number,
  readyPath: string,
  log: string,
  args: readonly string[] = [],
): PartSpec {
  const path = join(tools, script)
  if (!existsSync(path)) throw new Error(`there is no ${path}`)
  return {
    name,
    port,
    readyPath,
    readyWithinMs: 30_000,
    graceMs: 3_000,
    command: () => ({ command: process.execPath, args: [path, '--port', String(port), ...args], log }),
  }
}
