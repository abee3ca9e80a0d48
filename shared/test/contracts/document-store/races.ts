import fc from 'fast-check'
import { test } from 'tap'
import type { DocumentRef } from '../../../documents/document.ts'
import { type Claim, ClaimLost, type DocumentStore } from '../../../ports/document-store.ts'
import type { TestClock } from '../support.ts'
import { accounting, head, leaseMs, type OpenDocuments } from './support.ts'

const verbs = ['claim', 'extend', 'begin', 'pending', 'activate', 'retire', 'fail', 'release', 'gone'] as const
type Step =
  | { who: number; verb: (typeof verbs)[number] }
  | { outside: 'delete' | 'upload' | 'patch' | 'reindex' }
  | { wait: number }

const stepOf: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ who: fc.nat(2), verb: fc.constantFrom(...verbs) }) },
  { weight: 2, arbitrary: fc.record({ outside: fc.constantFrom('delete', 'upload', 'patch', 'reindex') }) },
  { weight: 2, arbitrary: fc.record({ wait: fc.constantFrom(1, leaseMs / 2, leaseMs) }) },
)

/** A promise did not hold; never caught here. */
class Broken extends Error {}

/** Three holders and the callers on one document; `owner` is who may write, by what the store itself has said. */
function createWorld(stores: readonly DocumentStore[], clock: TestClock, ref: DocumentRef) {
  const claims: (Claim | undefined)[] = [undefined, undefined, undefined]
  let owner: number | undefined
  let revision = 1
  let attempts = 0

  async function write(store: DocumentStore, claim: Claim, verb: Exclude<(typeof verbs)[number], 'claim'>) {
    const fingerprint = `f${revision}`
    if (verb === 'extend') return store.extend(claim, leaseMs)
    if (verb === 'begin') return store.begin(claim, { attempt: `a${++attempts}`, fingerprint })
    if (verb === 'pending')
      return store.pending(claim, { chunks: 1, accounting, revision: `r${revision}`, embedder: '' })
    if (verb === 'retire') return store.retire(claim, { active: false })
    if (verb === 'fail') return store.fail(claim, { code: 'damaged', message: '', fingerprint })
    if (verb === 'release') return store.release(claim, {})
    if (verb === 'activate') return store.activate(claim)
    return store.gone(claim, { seen: (await store.get(ref))?.revision })
  }

  async function act(store: DocumentStore, who: number, verb: (typeof verbs)[number]): Promise<void> {
    if (verb === 'claim') {
      const got = await store.claim(ref, { holder: `worker-${who}`, leaseMs })
      if (!('claim' in got)) return
      claims[who] = got.claim
      owner = who
      return
    }
    const claim = claims[who]
    if (!claim) return
    const before = await store.get(ref)
    try {
      await write(store, claim, verb)
    } catch (error) {
      // A lost claim is refused by the store; a step that makes no sense now (nothing is pending) by the record.
      if (error instanceof ClaimLost && owner === who) throw new Broken(`worker-${who} lost a claim that it holds`)
      const after = await store.get(ref)
      if (after?.rev !== before?.rev) throw new Broken(`a refused ${verb} wrote something`)
      return
    }
    if (owner !== who) throw new Broken(`worker-${who} wrote (${verb}) without holding the document`)
    if (verb === 'release') owner = undefined
  }

  return async (step: Step, turn: number): Promise<void> => {
    const store = stores[turn % stores.length]
    if (!store) return
    if ('wait' in step) return clock.advance(step.wait)
    if ('who' in step) return act(store, step.who, step.verb)
    if (step.outside === 'upload') await store.observe(head(++revision, ref))
    if (step.outside === 'patch') await store.patch(ref, { tags: [String(turn)] })
    if (step.outside === 'reindex') await store.reindex(ref)
    if (step.outside === 'delete') {
      const before = await store.get(ref)
      if (!before) return
      await store.markDeleted(ref, `r${revision}`)
      // Only a deletion that changes something voids the claim: deleting again leaves whoever cleans up alone.
      if ((await store.get(ref))?.rev !== before.rev) owner = undefined
    }
  }
}

/** Whatever the order of events: one writer, a rising rev, no attempt forgotten. */
export function racePromises(name: string, open: OpenDocuments): void {
  test(`${name}: in any order of events only the holder writes, and the rev only rises`, async (t) => {
    const { store, other, clock } = await open(t)
    let round = 0
    await fc.assert(
      fc.asyncProperty(fc.array(stepOf, { minLength: 5, maxLength: 40 }), async (steps) => {
        const ref = { tenant: 'acme', path: `round-${++round}.md` }
        const turn = createWorld([store, other], clock, ref)
        let rev = 0
        let before = '{}'
        const named = new Set<string>()
        for (const [index, step] of steps.entries()) {
          await turn(step, index)
          const record = await store.get(ref)
          const names = [record?.current, record?.pending, record?.active, ...(record?.retired ?? [])]
          const here = new Set(names.map((entry) => entry?.attempt).filter((entry) => entry !== undefined))
          for (const attempt of named) if (!here.has(attempt)) throw new Broken(`${attempt} is forgotten`)
          for (const attempt of here) named.add(attempt)
          const state = JSON.stringify(record ?? {})
          const risen = (record?.rev ?? 0) > rev
          if (state === before ? risen : !risen) throw new Broken('the rev rises with every change, and only then')
          rev = record?.rev ?? 0
          before = state
          const item = record && (await other.active(ref.tenant, [record.id])).get(record.id)
          if (record && item?.attempt !== record.active?.attempt) throw new Broken('the active item lags behind')
        }
      }),
      { numRuns: 60 },
    )
    t.pass('no order was found that breaks it')
  })
}
