import { join } from 'node:path'

/** Who makes calls to AWS in the list of calls. */
export type RecordedRole = 'service' | 'worker' | 'tool'

/**
 * How a process has to be started so that its calls come into the list: arguments for Node before the script, and
 * variables. Both are empty when nobody records.
 */
export function recorded(role: RecordedRole): { nodeArgs: string[]; env: Record<string, string> } {
  const file = process.env.KASS_RECORD_CALLS
  if (!file) return { nodeArgs: [], env: {} }
  const preload = join(import.meta.dirname, 'record-calls.ts')
  return { nodeArgs: ['--import', preload], env: { KASS_RECORD_CALLS: file, KASS_RECORD_ROLE: role } }
}
