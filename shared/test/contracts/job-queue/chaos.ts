import fc from 'fast-check'
import { test } from 'tap'
import { consume, type OpenQueue, pathOf, reconcile } from './support.ts'

/** Any order of sending, settling, breaking and waiting, with two consumers. */
export function chaosPromises(name: string, open: OpenQueue): void {
  test(`${name}: whatever handlers do, the last wish for every document is handled`, async (t) => {
    const opened = await open(t)
    const consumers = [consume(t, opened.queue, 2), consume(t, opened.other, 2)]
    const event = fc.oneof(
      fc.record({ send: fc.nat(4), delayMs: fc.constantFrom(0, 0, 500) }),
      fc.record({ settle: fc.constantFrom('done', 'retry', 'break') }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 3, maxLength: 25 }), async (events) => {
        const wishes = new Map<string, number>()
        const handled = new Map<string, number>()
        const began = new Map<object, number>()
        let turn = 0
        const settle = (how: string) => {
          for (const message of consumers.flatMap(({ held }) => held.splice(0))) {
            if (how === 'retry') message.settle({ retryMs: 100 })
            else if (how === 'break' && message.context.receives === 1) message.break(new Error('once'))
            else {
              const path = pathOf(message)
              handled.set(path, Math.max(handled.get(path) ?? 0, began.get(message) ?? turn))
              message.settle({ done: true })
            }
          }
        }
        for (const step of events) {
          turn++
          if ('settle' in step) settle(step.settle)
          else {
            wishes.set(`acme:${step.send}`, turn)
            await opened.queue.send(reconcile(String(step.send)), { delayMs: step.delayMs })
          }
          await opened.pass(20)
          for (const message of consumers.flatMap(({ held }) => held)) {
            if (!began.has(message)) began.set(message, turn)
          }
        }
        for (let rounds = 0; rounds < 300; rounds++) {
          turn++
          settle('done')
          await opened.pass(100)
          const { visible, delayed, held } = await opened.queue.depth()
          if (visible + delayed + held === 0) break
        }
        for (const [path, wished] of wishes) {
          if ((handled.get(path) ?? 0) < wished) throw new Error(`${path} was wished for after it was last handled`)
        }
      }),
      { numRuns: 25 },
    )
    t.same(await opened.queue.deadLetters(1), [])
  })
}
