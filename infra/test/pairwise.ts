/** A setting and the values that it is tried with. */
export type Choices = Readonly<Record<string, readonly string[]>>
type Row = Record<string, string>

/**
 * Few combinations in which every pair of values of any two settings occurs, by the greedy method: each combination takes,
 * setting by setting, the value that covers most pairs which are still missing.
 * @param fits whether a combination, or the beginning of one, may be
 * @returns `excluded`: the pairs that may not be
 */
export function pairwise(choices: Choices, fits: (row: Row) => boolean): { rows: Row[]; excluded: string[] } {
  const missing = new Set(pairsOf(choices))
  const rows: Row[] = []
  const excluded: string[] = []
  for (const wanted of missing) {
    const begin: Row = Object.fromEntries(wanted.split('&').map((part) => part.split('=')))
    if (!fits(begin)) {
      missing.delete(wanted)
      excluded.push(wanted)
      continue
    }
    const row = complete(choices, begin, { missing, fits, turn: rows.length })
    for (const each of pairsIn(row)) missing.delete(each)
    rows.push(row)
  }
  return { rows, excluded }
}

interface Completion {
  missing: ReadonlySet<string>
  fits: (row: Row) => boolean
  turn: number
}

/** A whole combination that begins so. */
function complete(choices: Choices, begin: Row, { missing, fits, turn }: Completion): Row {
  const row = { ...begin }
  for (const [name, all] of Object.entries(choices)) {
    if (name in row) continue
    const values = all.filter((value) => fits({ ...row, [name]: value }))
    const gain = (value: string) =>
      Object.entries(row).filter(([other, of]) => missing.has(pair(name, value, other, of))).length
    const first = values[turn % values.length]
    if (first === undefined) throw new Error(`nothing fits for ${name} into ${JSON.stringify(row)}`)
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
