import { test } from 'tap'
import { notSaid } from '../../../shared/text/not-said.ts'
import { groundedAnswer } from '../grounded.ts'
import { standAlone } from '../stand-alone.ts'
import { sources } from './client.ts'

const ask = (question: string, given = sources) => groundedAnswer(`${given}\n\nQuestion: ${question}`)

test('an answer is the sentence that speaks of the question, with its mark', (t) => {
  t.equal(ask('How is leave requested?'), 'Leave is requested in the portal. [1]')
  t.equal(ask('When do unused days lapse?'), 'Unused days lapse in March. [1]')
  t.end()
})

test('an answer from a table names the columns of its row', (t) => {
  t.equal(ask('What were the sales in the South?'), 'Region: South; Sales: 80 [2]')
  t.end()
})

test('a question of two parts is answered by two sentences', (t) => {
  t.equal(
    ask('Where is leave requested and when do unused days lapse?'),
    'Unused days lapse in March. [1]\nLeave is requested in the portal. [1]',
  )
  t.end()
})

test('what the sources do not answer is not answered', (t) => {
  t.equal(ask('Who is the chief executive?'), notSaid)
  t.equal(ask('How tall is the Eiffel tower?'), notSaid)
  t.end()
})

test('a question in another language is answered from sources in that language', (t) => {
  const german =
    '<source number="7" title="Urlaub" place="S. 3">\nAlle Angestellten haben 30 Tage Urlaub. Er wird im Portal beantragt.\n</source>'
  t.equal(ask('Wie viele Tage Urlaub haben die Angestellten?', german), 'Alle Angestellten haben 30 Tage Urlaub. [7]')
  t.end()
})

test('instructions in front of the sources change nothing, nor does a mark inside of them', (t) => {
  const tricky = '<source number="3" title="Notes">\nThe limit is 40 euros [9].\n</source>'
  const prompt = `Answer from the sources. Question: none yet\n\n${tricky}\n\nQuestion: What is the limit?`
  t.equal(groundedAnswer(prompt), 'The limit is 40 euros (9). [3]')
  t.end()
})

test('a follow-up is rewritten so that it stands alone', (t) => {
  const rewrite = (before: string, question: string) =>
    standAlone(
      `Conversation:\nUser: ${before}\nAssistant: Something. [1]\n\nRewrite this last question.\nQuestion: ${question}`,
    )
  const travel = 'What is the travel budget for 2025?'
  t.equal(rewrite(travel, 'Who approves it?'), 'Who approves the travel budget for 2025?')
  t.equal(rewrite('What is the travel policy?', 'What are its limits?'), "What are the travel policy's limits?")
  t.equal(rewrite(travel, 'And in Germany?'), 'What is the travel budget for 2025, in Germany?')
  t.equal(rewrite(travel, 'What is the dress code?'), 'What is the dress code?')
  t.equal(rewrite(travel, 'Is there a rule that covers meals?'), 'Is there a rule that covers meals?')
  t.end()
})
