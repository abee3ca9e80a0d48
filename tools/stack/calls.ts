import { isObject, parseObject } from './serverless/json.ts'

/** role -> service -> action -> resources, all sorted: what permissions are checked against. */
export type Calls = Record<string, Record<string, Record<string, string[]>>>

/** The list that lines of test/stack/record-calls.ts make. */
export function callsFrom(lines: Iterable<string>): Calls {
  const calls: Calls = {}
  for (const line of [...new Set(lines)].sort()) {
    const [role, service, action, resource] = line.split('\t')
    if (!role || !service || !action || !resource) throw new Error(`not a recorded call: ${JSON.stringify(line)}`)
    const services = calls[role] ?? {}
    const actions = services[service] ?? {}
    calls[role] = services
    services[service] = actions
    actions[action] = [...(actions[action] ?? []), resource]
  }
  return calls
}

/** One line for each call of a list. */
export function callLines(calls: unknown): string[] {
  if (!isObject(calls)) throw new Error('the list of calls is not an object')
  return Object.entries(calls).flatMap(([role, services]) =>
    Object.entries(isObject(services) ? services : {}).flatMap(([service, actions]) =>
      Object.entries(isObject(actions) ? actions : {}).flatMap(([action, resources]) =>
        (Array.isArray(resources) ? resources : []).map((resource) => `${role}\t${service}\t${action}\t${resource}`),
      ),
    ),
  )
}

/** What was called but is not in the committed list, and what is in it but was not called. */
export function differences(committed: string, made: Calls): { added: string[]; missing: string[] } {
  const known = callLines(parseObject(committed))
  const now = callLines(made)
  const without = (lines: string[], others: string[]) =>
    lines.filter((line) => !others.includes(line)).map((line) => line.replaceAll('\t', ' '))
  return { added: without(now, known), missing: without(known, now) }
}
