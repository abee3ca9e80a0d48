import { test } from 'tap'
import { countTokens } from '../../../shared/text/tokens.ts'
import { covers } from '../../../test/fixtures/fact.ts'
import { goodFixtures } from '../../../test/fixtures/write.ts'
import { readAll } from './helper.ts'

test('every fact of every good document is in one passage, at its place', async (t) => {
  for (const { name, body, facts } of await goodFixtures()) {
    const { chunks } = await readAll(body, name)
    t.equal(facts.length, 5, `${name} has facts`)
    for (const fact of facts) {
      const found = chunks.filter((chunk) => chunk.text.includes(fact.answerContains))
      t.equal(found.length, 1, `${name}: ${fact.question}`)
      const locator = found[0]?.locator ?? ''
      t.ok(covers(locator, fact.locator), `${locator} covers ${fact.locator}`)
    }
  }
})

test('every good document is accounted for, and no chunk is larger than asked', async (t) => {
  const expected = [
    ['pages', 30],
    ['paragraphs', 31],
    ['rows', 10_000],
    ['rows', 376],
    ['paragraphs', 19],
  ]
  const sums = []
  for (const { name, body } of await goodFixtures()) {
    const { unit, read, indexed, rejected, chunks } = await readAll(body, name)
    sums.push([unit, read])
    t.same([indexed, rejected], [read, 0], name)
    t.same(
      chunks.filter((chunk) => countTokens(chunk.text) > 256),
      [],
      `${name} keeps the size`,
    )
    t.same(
      chunks.map((chunk) => chunk.ordinal),
      chunks.map((_, at) => at),
      `${name} is numbered`,
    )
  }
  t.same(sums, expected)
})

test('the same document gives the same chunks each time', async (t) => {
  for (const { name, body } of await goodFixtures()) t.same(await readAll(body, name), await readAll(body, name), name)
})
