import { type DiagnosticCheck, type Finding, problem } from '../../shared/ports/diagnosis.ts'

/** What came of one check. */
export interface Examined {
  check: string
  state: Finding['state']
  took_ms: number
  findings: Finding[]
}

/** What is worst comes first. */
const states: readonly Finding['state'][] = ['problem', 'warning', 'ok']

export const worst = (all: readonly { state: Finding['state'] }[]): Finding['state'] =>
  states.find((state) => all.some((one) => one.state === state)) ?? 'ok'

const message = (error: unknown) => (error instanceof Error && error.message !== '' ? error.message : String(error))

/**
 * Runs one check and always gives an outcome, after `limitMs` at the latest: what it throws is a finding, and so is that
 * it did not come back. A check that is told to stop has `graceMs` more to put things away.
 */
export async function examine(
  check: DiagnosticCheck,
  { limitMs, graceMs = 0, stop }: { limitMs: number; graceMs?: number; stop: AbortSignal },
): Promise<Examined> {
  const begun = performance.now()
  const late = new AbortController()
  const signal = AbortSignal.any([late.signal, stop])
  const given = Promise.withResolvers<Finding[]>()
  const timers: NodeJS.Timeout[] = []
  const tooLate = () =>
    given.resolve([
      problem(
        `no answer within ${limitMs / 1000} s`,
        'Something on the way there swallows requests: a firewall, a proxy, a service that hangs.',
      ),
    ])
  const end = () => {
    late.abort()
    timers.push(setTimeout(tooLate, graceMs))
  }
  timers.push(setTimeout(end, limitMs))
  stop.addEventListener('abort', end)
  check
    .run(signal)
    .then(given.resolve, (error: unknown) =>
      given.resolve(
        late.signal.aborted && signal.reason === error
          ? [
              problem(
                `no answer within ${limitMs / 1000} s`,
                'Ask again with a longer --patience, and look at the log.',
              ),
            ]
          : [problem(message(error), 'Nobody foresaw this: look at the log of the part that it names.')],
      ),
    )
  try {
    const findings = await given.promise
    return { check: check.name, state: worst(findings), took_ms: Math.round(performance.now() - begun), findings }
  } finally {
    stop.removeEventListener('abort', end)
    for (const timer of timers) clearTimeout(timer)
  }
}
