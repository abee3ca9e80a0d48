/** A setting and the values that it is tried with. */
export type Choices = Readonly<Record<string, readonly string[]>>
type Row = Record<string, string>

/**
 * Few combinations in which every pair of values of any two settings occurs that may occur, by the greedy method: each
 * combination takes, setting by setting, the value that covers most pairs which are still missing.
 * @param allowed what becomes of a combination that is not allowed
 * @returns `excluded`: the pairs that no allowed combination has
 */
export function pairwise(choices: Choices, allowed: (row: Row) => Row): { rows: Row[]; excluded: string[] } {
  const missing = new Set(pairsOf(choices))
  const rows: Row[] = []
  const excluded: string[] = []
  for (const wanted of missing) {
    const row = allowed(complete(choices, missing, wanted, rows.length))
    const covered = pairsIn(Object.fromEntries(Object.keys(choices).map((name) => [name, row[name] ?? ''])))
    for (const each of covered) missing.delete(each)
    if (missing.delete(wanted)) excluded.push(wanted)
    else rows.push(row)
  }
  return { rows, excluded }
}

/** A whole combination that begins with one pair. */
function complete(choices: Choices, missing: ReadonlySet<string>, begin: string, turn: number): Row {
  const row: Row = Object.fromEntries(begin.split('&').map((part) => part.split('=')))
  for (const [name, values] of Object.entries(choices)) {
    if (name in row) continue
    const gain = (value: string) =>
      Object.entries(row).filter(([other, of]) => missing.has(pair(name, value, other, of))).length
    const first = values[turn % values.length] ?? ''
    row[name] = values.reduce((best, value) => (gain(value) > gain(best) ? value : best), first)
  }
  return row
}

function* pairsOf(choices: Choices): Iterable<string> {
  const entries = Object.entries(choices)
  for (const [index, [name, values]] of entries.entries()) {
    for (const [other, otherValues] of entries.slice(index + 1)) {
      for (const value of values) for (const of of otherValues) yield pair(name, value, other, of)
    }
  }
}

function pairsIn(row: Row): string[] {
  const entries = Object.entries(row)
  return entries.flatMap(([name, value], index) =>
    entries.slice(index + 1).map(([other, of]) => pair(name, value, other, of)),
  )
}

const pair = (name: string, value: string, other: string, of: string) =>
  name < other ? `${name}=${value}&${other}=${of}` : `${other}=${of}&${name}=${value}`
