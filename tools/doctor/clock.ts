import { type DiagnosticCheck, type Finding, ok, problem, warning } from '../../shared/ports/diagnosis.ts'

/** From here on AWS refuses signatures (5 minutes for most services, 15 for S3). */
const refusedMs = 5 * 60_000
/** A date in a header has whole seconds, and it was on its way. */
const tolerableMs = 10_000

/** How far this machine's clock is from those of the services, by the Date of any answer, even a refusal. */
export function clockCheck(
  clocks: readonly { name: string; url: string }[],
  now: () => number = Date.now,
): DiagnosticCheck {
  return {
    name: 'clock',
    async run(signal) {
      if (clocks.length === 0) return [ok('no service is used whose clock matters')]
      const answers = await Promise.all(clocks.map(async ({ name, url }) => skew(name, url, now, signal)))
      const found = answers.filter((one) => one !== undefined)
      return found.length > 0
        ? found
        : [warning('no service told its time', 'Compare the clock by hand: timedatectl status.')]
    },
  }
}

async function skew(name: string, url: string, now: () => number, signal: AbortSignal): Promise<Finding | undefined> {
  const sent = now()
  let date: string | null
  try {
    const response = await fetch(url, { method: 'HEAD', signal, redirect: 'manual' })
    await response.body?.cancel()
    date = response.headers.get('date')
  } catch (error) {
    signal.throwIfAborted()
    const cause = error instanceof Error ? error.cause : undefined
    const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : ''
    return problem(
      `${name} at ${url} cannot be reached${code}`,
      'Check the address in the settings, and the way there.',
    )
  }
  const theirs = Date.parse(date ?? '')
  if (Number.isNaN(theirs)) return undefined
  const offMs = (sent + now()) / 2 - theirs
  const off = `this machine's clock is ${Math.abs(Math.round(offMs / 1000))} s ${offMs > 0 ? 'ahead of' : 'behind'} ${name}`
  const set = 'Set the clock by NTP (timedatectl set-ntp true).'
  if (Math.abs(offMs) >= refusedMs) return problem(`${off}: signed requests are refused`, set)
  if (Math.abs(offMs) >= tolerableMs) return warning(off, set)
  return ok(`this machine and ${name} have the same time`)
}
