export interface Gate {
  /**
   * Resolves when there is room, with the function that makes room again. Urgent ones go first, others in their order.
   * Rejects with the signal's reason when it fires before there was room.
   */
  enter(options: { urgent: boolean; signal: AbortSignal }): Promise<() => void>
}

/** Lets `room` through at once. */
export function createGate(room: number): Gate {
  const urgent: (() => void)[] = []
  const patient: (() => void)[] = []
  let inside = 0

  const leave = () => {
    const next = urgent.shift() ?? patient.shift()
    if (next) next()
    else inside--
  }
  return {
    enter(options) {
      if (options.signal.aborted) return Promise.reject(options.signal.reason)
      if (inside < room) {
        inside++
        return Promise.resolve(leave)
      }
      const queue = options.urgent ? urgent : patient
      return new Promise((resolve, reject) => {
        const admit = () => {
          options.signal.removeEventListener('abort', giveUp)
          resolve(leave)
        }
        const giveUp = () => {
          queue.splice(queue.indexOf(admit), 1)
          reject(options.signal.reason)
        }
        queue.push(admit)
        options.signal.addEventListener('abort', giveUp, { once: true })
      })
    },
  }
}
