/** The best `k` of what is offered: a heap whose root is the worst of those kept. */
export interface TopK {
  offer(item: number, score: number): void
  /** What an offer must at least reach to be kept. */
  readonly floor: number
  /** Best first. */
  taken(): { item: number; score: number }[]
}

/** `before(a, b)` decides between equal scores: whether `a` comes first. It must be a total order. */
export function createTopK(k: number, before: (a: number, b: number) => boolean): TopK {
  const items = new Uint32Array(k)
  const scores = new Float64Array(k)
  let size = 0

  const item = (at: number): number => items[at] ?? 0
  const score = (at: number): number => scores[at] ?? 0
  const isWorse = (itemA: number, scoreA: number, itemB: number, scoreB: number): boolean =>
    scoreA < scoreB || (scoreA === scoreB && before(itemB, itemA))

  function put(at: number, value: number, points: number): void {
    items[at] = value
    scores[at] = points
  }

  function rise(value: number, points: number): void {
    let at = size++
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isWorse(value, points, item(parent), score(parent))) break
      put(at, item(parent), score(parent))
      at = parent
    }
    put(at, value, points)
  }

  function sink(value: number, points: number): void {
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= size) break
      if (child + 1 < size && isWorse(item(child + 1), score(child + 1), item(child), score(child))) child++
      if (!isWorse(item(child), score(child), value, points)) break
      put(at, item(child), score(child))
      at = child
    }
    put(at, value, points)
  }

  return {
    offer(value, points) {
      if (size < k) rise(value, points)
      else if (k > 0 && isWorse(item(0), score(0), value, points)) sink(value, points)
    },
    get floor() {
      return size < k ? Number.NEGATIVE_INFINITY : score(0)
    },
    taken() {
      const order = Array.from({ length: size }, (_, at) => ({ item: item(at), score: score(at) }))
      return order.sort((a, b) => b.score - a.score || (before(a.item, b.item) ? -1 : 1))
    },
  }
}
