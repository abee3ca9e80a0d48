import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where what was fetched is kept between runs; `opensearch.sh` follows the same rule. It exists when this returns. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  // The home of root is closed to the user that OpenSearch runs as.
  const usual = process.getuid?.() === 0 ? '/var/tmp' : (env.XDG_CACHE_HOME ?? join(homedir(), '.cache'))
  const folder = env.KASS_STACK_CACHE ?? join(usual, 'kass-stack')
  mkdirSync(folder, { recursive: true })
  return folder
}
