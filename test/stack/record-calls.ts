/**
 * Loaded before a process (`node --import`): writes down every call to AWS that its adapters make, each kind once, as
 * lines `role<TAB>service<TAB>action<TAB>resource` at the end of the file KASS_RECORD_CALLS. The role is
 * KASS_RECORD_ROLE, that of the two mains by their scripts, or `contract` in an adapter's own integration test; other
 * processes are not recorded. Clients that
 * a test makes for its set-up don't publish their calls, so they are not in it; nor is what makes and removes the tables,
 * buckets and queues of a contract's test, which is no part of the contract.
 */
import { subscribe } from 'node:diagnostics_channel'
import { appendFileSync } from 'node:fs'
import { resourcesOf } from './call-resource.ts'

const { KASS_RECORD_CALLS: file, KASS_RECORD_ROLE: named } = process.env
const adapterTest = /[\\/]shared[\\/]adapters[\\/][^\\/]+[\\/]test[\\/].*\.integration\.ts$/
const mains: readonly (readonly [RegExp, string])[] = [
  [/[\\/]service[\\/]server\.ts$/, 'service'],
  [/[\\/]worker[\\/]main\.ts$/, 'worker'],
  [adapterTest, 'contract'],
]
const role = named || mains.find(([script]) => script.test(process.argv[1] ?? ''))?.[1]
const setUp =
  /^(Create|Delete|Update|Describe)(Table|TimeToLive|ContinuousBackups|Bucket|Queue)$|^(Put|Get)Bucket|^SetQueueAttributes$/

if (file && role) {
  const known = new Set<string>()
  subscribe('kass:aws-call', (call) => {
    if (typeof call !== 'object' || call === null) return
    const { service, action, input } = { service: '', action: '', input: undefined, ...call }
    if (role === 'contract' && setUp.test(action)) return
    for (const resource of resourcesOf(input, process.env)) {
      const line = `${role}\t${service}\t${action}\t${resource}\n`
      if (known.has(line)) continue
      known.add(line)
      // At once, since the process may be killed at any time; one write of a short line is never split.
      appendFileSync(file, line)
    }
  })
}
