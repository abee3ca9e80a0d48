import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { processesOf, watchMemory } from './processes.ts'
import { type Answer, eventually, type LocalServer, type Server } from './server.ts'

/** What was told to come back later does, for as long as it is told so. */
async function patiently(send: () => Promise<Answer>): Promise<Answer> {
  return eventually('a place', async () => {
    const answer = await send()
    if (answer.status !== 503) return answer
    await new Promise((resolve) => setTimeout(resolve, 1000 * Number(answer.headers.get('retry-after'))))
    return undefined
  })
}

async function goodTurn(t: Test, caller: Server, busy: boolean): Promise<void> {
  const health = await caller.call('GET', '/health')
  t.equal(health.status, 200, '/health answers')
  const word = `bystander${randomUUID().replaceAll('-', '')}`
  const upload = () => caller.upload(`bystander/${word}.md`, `# A good document\n\nIts word is ${word}.\n`)
  const uploaded = await (busy ? patiently(upload) : upload())
  if (!t.equal(uploaded.status, 202, 'a good upload is taken')) return
  const record = await caller.settled(uploaded.body.id, 'ready', 'failed')
  t.match(record, { status: 'ready', accounting: { rejected: 0 } }, 'and becomes ready')
  const found = await caller.call('POST', '/search', { query: word })
  t.equal(found.body.results?.[0]?.document_id, uploaded.body.id, 'and is found')
}

/** Whatever comes, neither process may take more than this beyond what it had before, in MB. */
const boundMb = 250

/** The bystander's own requests must stay below a low limit too. */
const mostTurns = 50

/**
 * Does something bad while somebody else goes on uploading and searching, who must not notice, and ends with a good turn
 * after it. Both processes must still be the ones that they were, and keep within their memory.
 * @param options.caller who goes on; the server's own caller when left out
 * @param options.busy the server may tell the bystander to come back
 */
export async function undisturbed<T>(
  t: Test,
  server: LocalServer,
  trouble: () => Promise<T>,
  options: { caller?: Server; busy?: boolean } = {},
): Promise<T> {
  const { caller = server, busy = false } = options
  const before = processesOf(server)
  const grown = watchMemory(before)
  let over = false
  const bystander = async () => {
    for (let turns = 0; !over && turns < mostTurns; turns++) await goodTurn(t, caller, busy)
  }
  const going = bystander()
  try {
    return await trouble()
  } finally {
    over = true
    await going
    await goodTurn(t, caller, false)
    t.strictSame(processesOf(server), before, 'nothing was restarted')
    const { api, worker } = grown()
    t.ok(api < boundMb && worker < boundMb, `at most ${api} MB (API) and ${worker} MB (worker) more than before`)
  }
}

/** An answer that is a coded error in full. */
export function isProblem(t: Test, answer: Answer, status: number, code: string, field?: string): void {
  const { headers, body } = answer
  t.match(
    { status: answer.status, type: headers.get('content-type'), body },
    {
      status,
      type: /^application\/problem\+json/,
      body: { code, status, title: String, type: `urn:kass:error:${code}` },
    },
    `${status} ${code}`,
  )
  t.equal(body.request_id, headers.get('x-request-id'))
  if (field !== undefined) t.equal(body.field, field)
}
