import { Client } from 'undici'

export interface Answer {
  status: number
  ms: number
}

export interface Caller {
  post(path: string, body: unknown): Promise<Answer>
  close(): Promise<void>
}

/** One client on one connection. The time is from sending to the last byte. */
export function createCaller(url: string): Caller {
  const client = new Client(url)
  return {
    async post(path, body) {
      const began = performance.now()
      const { statusCode, body: answer } = await client.request({
        method: 'POST',
        path,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      const text = await answer.text()
      const ms = performance.now() - began
      if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}: ${text.slice(0, 300)}`)
      return { status: statusCode, ms }
    },
    close: () => client.close(),
  }
}

/** Times of calls one after the other, after some that don't count. */
export async function oneByOne(
  count: number,
  warmUp: number,
  call: (index: number) => Promise<Answer>,
): Promise<number[]> {
  const times: number[] = []
  for (let index = 0; index < warmUp + count; index++) {
    const { ms } = await call(index)
    if (index >= warmUp) times.push(ms)
  }
  return times
}

/** Requests a second that so many clients get, each sending the next one when it has its answer. */
export async function atOnce(
  url: string,
  clients: number,
  seconds: number,
  call: (caller: Caller, index: number) => Promise<Answer>,
): Promise<{ perSecond: number; times: number[] }> {
  const callers = Array.from({ length: clients }, () => createCaller(url))
  const times: number[] = []
  let next = 0
  const began = performance.now()
  const until = began + seconds * 1000
  await Promise.all(
    callers.map(async (caller) => {
      while (performance.now() < until) times.push((await call(caller, next++)).ms)
    }),
  )
  const perSecond = (times.length / (performance.now() - began)) * 1000
  await Promise.all(callers.map((caller) => caller.close()))
  return { perSecond, times }
}
