import assert from 'node:assert/strict'
import type { Caller } from './callers.ts'
import { type Known, mayAssign, mayKnowOf, newWord, show } from './knowledge.ts'
import type { Operation } from './operations.ts'
import { documentAt, likeUnknown, pathOf, type Run, slotName, watched } from './run.ts'

const unknownDocument = '/documents/doc_aaaaaaaaaaaaaaaaaaaaaaaa'

/** Uploads a version, and checks who may. */
export async function upload(
  run: Run,
  caller: Caller,
  { slot, groups, fresh }: Operation & { kind: 'upload' },
): Promise<void> {
  const path = pathOf(run, caller.tenant, slot)
  const before = run.documents.get(slotName(caller.tenant, slot))
  // The first slot holds the same bytes everywhere: only what is said of them differs.
  const contentWord = slot === 0 ? undefined : !fresh && before ? before.contentWord : newWord()
  const attributeWord = !fresh && before ? before.attributeWord : newWord()
  const content = `# Harbour plan\n\nThe secret code of the harbour plan is ${contentWord ?? 'kept in the safe'}.\n\nOnly the harbour master may know it.\n`
  const said = {
    title: `Plan ${attributeWord}`,
    tags: attributeWord,
    metadata: JSON.stringify({ code: attributeWord }),
  }
  const fields = { ...said, ...(groups !== undefined && { groups }) }
  const there = before?.alive ? before : undefined
  const named = groups?.split(',').filter((group) => group !== '')
  const refused = (there && !mayKnowOf(caller, there)) || !mayAssign(caller, named ?? [], there?.groups ?? [])
  await watched(run, caller, 'upload', () => caller.server.upload(path, content, fields), {
    learn({ status, body }) {
      assert.match(String(status), refused ? /^403$/ : /^20[02]$/, JSON.stringify(body))
      if (refused) return
      const { tenant } = caller
      const word = run.pathWords.get(tenant)
      const pathWord = word !== undefined && path.includes(word) ? word : undefined
      const audiences = there?.audiences ?? new Map()
      const rights = { alive: true, groups: named ?? there?.groups ?? [], audiences }
      const known: Known = { id: body.id, tenant, path, pathWord, contentWord, attributeWord, ...rights }
      run.documents.set(slotName(tenant, slot), known)
      show(known)
    },
  })
}

/** Reads or changes a document of any tenant by its id, and checks who may. */
export async function onDocument(
  run: Run,
  caller: Caller,
  operation: Operation & { kind: 'patch' | 'remove' | 'reindex' | 'read' },
): Promise<void> {
  const known = documentAt(run, caller, operation.document)
  if (!known) return
  const { kind } = operation
  const word = newWord()
  const groups = kind === 'patch' ? operation.groups : undefined
  const refused = !mayAssign(caller, groups ?? [], known.groups)
  const retitled = kind === 'patch' && (operation.retitle || groups === undefined)
  const change = {
    ...(groups && { groups }),
    ...(retitled && { title: `Plan ${word}`, tags: [word], metadata: { code: word } }),
  }
  const [method, suffix, body] =
    kind === 'read'
      ? ['GET', operation.what]
      : kind === 'patch'
        ? ['PATCH', '', change]
        : kind === 'remove'
          ? ['DELETE', '']
          : ['POST', '/reindex']
  const name = kind === 'read' ? `read${operation.what}` : kind
  // Its receipt is shown after a deletion, and deleting again changes nothing.
  const there = mayKnowOf(caller, known) && (known.alive || kind === 'remove' || name === 'read')
  const send = () => caller.server.call(method, `/documents/${known.id}${suffix}`, body)
  const answer = await watched(run, caller, name, send, {
    says: word,
    learn({ status }) {
      if (status !== 200 && status !== 202) return
      if (kind === 'remove') {
        known.alive = false
        known.audiences = new Map()
      }
      if (kind !== 'patch') return
      known.groups = groups ?? known.groups
      if (retitled) known.attributeWord = word
      show(known)
    },
  })
  if (!there) return likeUnknown(caller, answer, method, unknownDocument + suffix, body)
  assert.match(String(answer.status), refused ? /^403$/ : /^20[02]$/, `${name}: ${JSON.stringify(answer.body)}`)
}

/** Deletes by prefix, page by page, and checks that it took what the caller may know of, and nothing else. */
export async function removeByPrefix(
  run: Run,
  caller: Caller,
  { limit, slot }: Operation & { kind: 'remove-prefix' },
): Promise<void> {
  const prefix = slot === undefined ? run.prefix : `${run.prefix}plan-${slot}`
  const wanted = [...run.documents.values()].filter(
    (known) => known.alive && mayKnowOf(caller, known) && known.path.startsWith(prefix),
  )
  let deleted = 0
  for (let cursor = ''; ; ) {
    const path = `/documents?prefix=${prefix}&limit=${limit}${cursor}`
    const { status, body } = await watched(run, caller, 'remove-prefix', () => caller.server.call('DELETE', path))
    assert.equal(status, 202, JSON.stringify(body))
    assert.ok(body.deleted <= limit)
    deleted += body.deleted
    if (body.cursor === undefined) break
    cursor = `&cursor=${encodeURIComponent(body.cursor)}`
  }
  assert.equal(deleted, wanted.length)
  for (const known of wanted) {
    known.alive = false
    known.audiences = new Map()
  }
}
