/**
 * Makes calls share: whoever asks while one is under way gets the next one, since what they wrote may have come too late
 * for the first; all who ask meanwhile get that same next one.
 */
export function createRefresh(refresh: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined

  function start(): Promise<void> {
    const mine = refresh().finally(() => {
      if (running === mine) running = undefined
    })
    running = mine
    return mine
  }

  return () => {
    if (!running) return start()
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined
        return start()
      })
    return next
  }
}
