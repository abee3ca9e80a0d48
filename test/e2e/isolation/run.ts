import assert from 'node:assert/strict'
import type { Answer } from '../server.ts'
import { eventually } from '../server.ts'
import type { Caller, World } from './callers.ts'
import { type Known, mayKnowOf, newWord, readable, wordsIn } from './knowledge.ts'
import { slots } from './operations.ts'

/** One sequence of operations, on documents of its own, and what the test knows meanwhile. */
export interface Run {
  world: World
  prefix: string
  /** By tenant and slot. */
  documents: Map<string, Known>
  pathWords: Map<string, string>
  /** By owner: the words that were shown to it. */
  told: Map<string, Set<string>>
  /** By owner: the conversations that it has. */
  conversations: Map<string, Set<string>>
  /** Every answer that was given. */
  answers: { owner: string; conversation: string; id: string }[]
  /** How often something was seen that may be seen; without that nothing would be proved. */
  seen: Record<string, number>
}

export const ownerOf = ({ tenant, subject }: Caller): string => `${tenant}/${subject}`
export const slotName = (tenant: string, slot: number): string => `${tenant}:${slot}`

/** Both tenants have the same paths, except for the last one, which nobody else may learn. */
export function pathOf(run: Run, tenant: string, slot: number): string {
  if (slot < slots - 1) return `${run.prefix}plan-${slot}.md`
  const word = run.pathWords.get(tenant) ?? newWord()
  run.pathWords.set(tenant, word)
  return `${run.prefix}${word}.md`
}

/** A document by number, mostly of the caller's tenant; undefined when nobody has uploaded it yet. */
export function documentAt(run: Run, caller: Caller, at: number): Known | undefined {
  const foreign = caller.tenant === 'a' ? 'b' : 'a'
  return run.documents.get(slotName(at < 3 * slots ? caller.tenant : foreign, at % slots))
}

const decoded = (text: string): string =>
  [...text.matchAll(/"cursor":"([^"]+)"/g)].map(([, cursor = '']) => Buffer.from(cursor, 'base64url').toString()).join()
const spoken = (text: string): string =>
  [...text.matchAll(/^event: delta\ndata: (.*)$/gm)].map(([, data = '{}']) => JSON.parse(data).text).join('')

/** Everything that an answer says, in any form. */
export function everythingIn({ headers, body }: Answer): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return [text, [...headers].flat().join(), decoded(text), spoken(text)].join('\n')
}

/**
 * Does something for a caller, and holds what came back, and what the model was given for it, against what the caller
 * may read, or says itself. `learn` brings the test's knowledge up to date with the answer.
 */
export async function watched(
  run: Run,
  caller: Caller,
  name: string,
  act: () => Promise<Answer>,
  options: { learn?: (answer: Answer) => void; remembers?: boolean; says?: string } = {},
): Promise<Answer> {
  const owner = ownerOf(caller)
  const told = run.told.get(owner) ?? new Set<string>()
  run.told.set(owner, told)
  const said = wordsIn(options.says ?? '')
  const remembered = options.remembers ? told : new Set<string>()
  const before = readable(caller, run.documents.values(), remembered)
  run.world.model.requests.splice(0)
  const answer = await act()
  options.learn?.(answer)
  const may = new Set([...said, ...before, ...readable(caller, run.documents.values(), remembered)])
  const asked = run.world.model.requests.filter(({ path }) => path === '/chat/completions').map(({ body }) => body)
  const found = wordsIn(everythingIn(answer))
  for (const [where, words] of [
    ['answer', found],
    ['prompt', wordsIn(JSON.stringify(asked))],
  ] as const) {
    const leaked = words.filter((word) => !may.has(word))
    assert.deepEqual(leaked, [], `${name} for ${caller.name} leaked in the ${where}: ${everythingIn(answer)}`)
  }
  for (const word of found) told.add(word)
  run.seen[name] = (run.seen[name] ?? 0) + found.length
  assert.ok(answer.status < 500, `${name} for ${caller.name} was answered with ${answer.status}`)
  return answer
}

const telling = (answer: Answer) => {
  const own = new Set(['x-request-id', 'date'])
  const { request_id: _, trace_id: _trace, ...body } = answer.body
  return { status: answer.status, body, headers: [...answer.headers].filter(([name]) => !own.has(name)) }
}

/** What is foreign is answered like what never was. */
export async function likeUnknown(caller: Caller, answer: Answer, method: string, path: string, body?: unknown) {
  const unknown = await caller.server.call(method, path, body)
  assert.equal(answer.status, 404, `${method} ${path} for ${caller.name}`)
  assert.deepEqual(telling(answer), telling(unknown), `${method} ${path} for ${caller.name}`)
}

/** Waits until the worker has done its part, and that whoever may find a document does. */
export async function settle(run: Run): Promise<void> {
  for (const known of run.documents.values()) {
    if (!known.alive) continue
    const all = run.world.callers.find((one) => one.tenant === known.tenant && one.groups === undefined)
    await all?.server.settled(known.id, 'ready')
    const reader = run.world.callers.find((one) => one.groups !== undefined && mayKnowOf(one, known))
    const query = known.contentWord ?? 'secret code of the harbour plan'
    const ids = async () => {
      const filters = { document_ids: [known.id] }
      const found = await reader?.server.call('POST', '/search', { query, mode: 'text', filters })
      return found?.body.results.length === 1 ? true : undefined
    }
    if (reader) await eventually(`${known.path} to be found by ${reader.name}`, ids, 10_000)
  }
}
