import type { Machine } from './machine.ts'
import { type Figure, isMet, type Row } from './row.ts'

export interface Report {
  machine: Machine
  /** Where documents, state and search were kept. */
  storage: string
  quick: boolean
  took_s: number
  rows: (Row & { bench: string })[]
  /** Benches that could not be run, with the reason. */
  broken: { bench: string; reason: string }[]
}

const shown = ({ value, unit }: Figure) => `${value.toLocaleString('en')} ${unit}`

function target({ target: wanted, aim, unit }: Figure): string {
  if (!wanted) return ''
  const [sign, value] = wanted
  const more = aim === undefined ? '' : ` (aim ${aim.toLocaleString('en')})`
  return `${sign === '<=' ? '≤' : '≥'} ${value.toLocaleString('en')} ${unit}${more}`
}

function met(figure: Figure): string {
  const reached = isMet(figure)
  return reached === undefined ? '' : reached ? 'yes' : '**no**'
}

/** The report as Markdown: machine, one line a figure, notes. */
export function readableReport({ machine, storage, rows, broken, quick, took_s: took }: Report): string {
  const { cpu, cores, memory_gb: memory, system, node, load_before: load, at } = machine
  const notes = [...new Set(rows.flatMap((row) => (row.notes ?? []).map((note) => `- ${row.work}: ${note}.`)))]
  return [
    `Measured on ${cores} cores of ${cpu}, ${memory} GB, ${system}, Node ${node}, load ${load} before; ${storage}; ${at.slice(0, 10)}, ${took} s.`,
    ...(quick ? ['', '**Small sizes (--quick): this shows that the bench works, not how fast KASS is.**'] : []),
    '',
    '| work | measured | | to reach | reached |',
    '|---|---|---|---|---|',
    ...rows.flatMap((row) =>
      row.figures.map(
        (figure, index) =>
          `| ${index === 0 ? row.work : ''} | ${figure.name} | ${shown(figure)} | ${target(figure)} | ${met(figure)} |`,
      ),
    ),
    ...broken.map(({ bench, reason }) => `| ${bench} | | could not be run: ${reason.split('\n')[0]} | | **no** |`),
    '',
    ...notes,
    '',
  ].join('\n')
}
