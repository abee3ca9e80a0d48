import { type Test, test } from 'tap'
import type { ChatModel, ConverseEvent, ConverseRequest, Source, Tool } from '../../ports/chat-model.ts'
import { collect } from './support.ts'

export interface ChatModelUnderTest {
  model: ChatModel
  /** The model from now on never comes to the end of its next answer by itself, where it is one that can be held. */
  stall?(): void
  /** Resolves when the upstream call of a stalled answer was ended by us. */
  ended?(): Promise<void>
  /** The model answers its next request by asking for a tool; needed of models that use tools. */
  asks?(tool: { name: string; input: Record<string, unknown> }): void
}

const tools: Tool[] = [
  {
    name: 'count_rows',
    description: 'Counts the rows of a table.',
    inputSchema: { type: 'object', properties: { table: { type: 'string' } }, required: ['table'] },
  },
]

export const sources: Source[] = [
  {
    number: 1,
    title: 'Handbook',
    path: 'handbook.md',
    section: ['Leave'],
    locator: 'lines 1-4',
    kind: 'text',
    text: 'Employees get 25 days of annual leave. Leave is requested in the portal. Unused days lapse in March.',
  },
  {
    number: 2,
    title: 'Sales',
    path: 'sales.csv',
    section: [],
    locator: 'rows 2-3',
    kind: 'rows',
    text: 'Region | Sales\nNorth | 120\nSouth | 80',
  },
]

export const question: ConverseRequest = {
  system: 'Answer from the sources.',
  messages: [{ role: 'user', content: 'How many days of annual leave do employees get?' }],
  sources,
  maxTokens: 200,
}

const never = () => new AbortController().signal

async function events(model: ChatModel, request: ConverseRequest, signal: AbortSignal): Promise<ConverseEvent[]> {
  return await collect(model.converse(request, signal))
}

const textOf = (list: readonly ConverseEvent[]): string =>
  list.map((event) => (event.type === 'text' ? event.text : '')).join('')

/** What every ChatModel promises. */
export function chatModelContract(name: string, make: (t: Test) => Promise<ChatModelUnderTest>): void {
  test(`${name}: text comes first, then one usage, then one stop, and nothing after it`, async (t) => {
    const { model } = await make(t)
    const list = await events(model, question, never())
    const kinds = list.map((event) => event.type)
    t.ok(kinds.length > 2)
    t.ok(kinds.slice(0, -2).every((kind) => kind === 'text'))
    t.same(kinds.slice(-2), ['usage', 'stop'])
    t.same(list.at(-1), { type: 'stop', reason: 'end' })
  })

  test(`${name}: an answer stands on the source that has it, under its number`, async (t) => {
    const { model } = await make(t)
    const said = textOf(await events(model, question, never()))
    t.match(said, /25 days of annual leave/)
    t.match(said, /\[1\]/)
    t.notMatch(said, /\[2\]/)
  })

  test(`${name}: the same request gets the same answer, also when several run at once`, async (t) => {
    const { model } = await make(t)
    const all = await Promise.all([1, 2, 3].map(() => events(model, question, never())))
    t.same(all[1], all[0])
    t.same(all[2], all[0])
  })

  test(`${name}: an abort before the call ends it with estimated usage and says so`, async (t) => {
    const { model } = await make(t)
    const list = await events(model, question, AbortSignal.abort())
    t.same(textOf(list), '')
    t.match(list.at(-2), { type: 'usage', estimated: true })
    t.same(list.at(-1), { type: 'stop', reason: 'aborted' })
    t.equal(list.length, 2)
  })

  test(`${name}: an abort in the middle stops the upstream call, keeps the order of events and says so`, async (t) => {
    const { model, stall, ended } = await make(t)
    stall?.()
    const abort = new AbortController()
    const list: ConverseEvent[] = []
    for await (const event of model.converse(question, abort.signal)) {
      list.push(event)
      abort.abort()
    }
    await ended?.()
    t.match(list.at(0), { type: 'text' })
    t.match(list.at(-2), { type: 'usage', estimated: true })
    t.same(list.at(-1), { type: 'stop', reason: 'aborted' })
  })

  test(`${name}: a caller that leaves the loop ends the upstream call`, async (t) => {
    const { model, stall, ended } = await make(t)
    stall?.()
    let first: ConverseEvent | undefined
    for await (const event of model.converse(question, never())) {
      first = event
      break
    }
    await ended?.()
    t.match(first, { type: 'text' })
  })

  test(`${name}: a tool is asked for with its input, and its result leads to an answer; or tools are refused`, async (t) => {
    const { model, asks } = await make(t)
    const request = { ...question, tools }
    if (!model.usesTools) {
      await t.rejects(events(model, request, never()), { code: 'model_refused' })
      return
    }
    asks?.({ name: 'count_rows', input: { table: 'sales', above: 90 } })
    const list = await events(model, request, never())
    t.same(list.at(-1), { type: 'stop', reason: 'tool_use' })
    const uses = list.flatMap((event) => (event.type === 'toolUse' ? [event] : []))
    t.match(uses, [{ name: 'count_rows', input: { table: 'sales', above: 90 } }])
    const toolUses = uses.map(({ id, name: used, input }) => ({ id, name: used, input }))
    const toolResults = toolUses.map(({ id }) => ({ toolUseId: id, content: '2 rows' }))
    const messages = [
      ...question.messages,
      { role: 'assistant' as const, content: '', toolUses },
      { role: 'user' as const, content: '', toolResults },
    ]
    const after = await events(model, { ...request, messages }, never())
    t.not(textOf(after), '')
    t.same(after.at(-1), { type: 'stop', reason: 'end' })
  })

  test(`${name}: names itself and the room it has`, async (t) => {
    const { model } = await make(t)
    t.not(model.id, '')
    t.ok(model.contextTokens >= 1024)
  })
}
