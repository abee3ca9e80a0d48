/** Counts down while it runs; calls `expired` once when nothing is left. It is made paused. */
export function createStopwatch(ms: number, expired: () => void, clock = () => performance.now()) {
  let left = ms
  let since: number | undefined
  let timer: NodeJS.Timeout | undefined
  return {
    resume(): void {
      if (timer) return
      since = clock()
      timer = setTimeout(expired, left)
    },
    pause(): void {
      if (!timer || since === undefined) return
      clearTimeout(timer)
      timer = undefined
      left = Math.max(0, left - (clock() - since))
    },
  }
}
