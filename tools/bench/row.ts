import type { Homes } from './dataset.ts'

/** One figure of a row, and what it must reach. */
export interface Figure {
  name: string
  value: number
  unit: string
  /** `['<=', 3]`; absent for what is only reported. */
  target?: readonly ['<=' | '>=', number]
  /** What would be good to reach besides. */
  aim?: number
}

export interface Row {
  work: string
  figures: Figure[]
  /** How it was measured, where that is not plain. */
  notes?: string[]
}

export interface BenchContext {
  homes: Homes
  /** Base URL of the stand-in model, which answers at once. */
  modelUrl: string
  /** Small sizes: shows that the bench works, not how fast KASS is. */
  quick: boolean
  say(text: string): void
}

export interface Bench {
  name: string
  run(context: BenchContext): Promise<Row[]>
}

export function isMet({ value, target }: Figure): boolean | undefined {
  if (!target) return undefined
  return target[0] === '<=' ? value <= target[1] : value >= target[1]
}
