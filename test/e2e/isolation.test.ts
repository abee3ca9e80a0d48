import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'tap'
import { startWorld } from './isolation/callers.ts'
import { wordsIn } from './isolation/knowledge.ts'
import { sequences } from './isolation/operations.ts'
import { perform } from './isolation/perform.ts'
import type { Run } from './isolation/run.ts'

test('whatever callers do, nobody is shown a word that is not for them', async (t) => {
  const world = await startWorld(t)
  const seen: Record<string, number> = {}
  let runs = 0
  const property = fc.asyncProperty(sequences, async (operations) => {
    const fresh = { documents: new Map(), pathWords: new Map(), told: new Map(), conversations: new Map(), answers: [] }
    const run: Run = { world, prefix: `r${++runs}/`, ...fresh, seen }
    try {
      for (const operation of operations) await perform(run, operation)
    } finally {
      for (const known of run.documents.values()) {
        const all = world.callers.find((one) => one.tenant === known.tenant && one.groups === undefined)
        await all?.server.call('DELETE', `/documents/${known.id}`)
      }
    }
    for (const caller of world.callers)
      for (const id of run.conversations.get(`${caller.tenant}/${caller.subject}`) ?? []) {
        const { body } = await caller.server.call('GET', `/conversations/${id}/messages`)
        assert.deepEqual(wordsIn(JSON.stringify(body)), [], 'what was deleted is gone from what was said')
      }
  })
  await fc.assert(property, { numRuns: 40, endOnFailure: false, interruptAfterTimeLimit: 50_000 })
  t.comment(`${runs} sequences; words shown where they may be: ${JSON.stringify(seen)}`)
  t.ok(runs > 0)
})
