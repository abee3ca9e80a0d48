/** Every figure is reckoned three times: as little as it can be, as it will usually be, as much as it can be. */
export const caseNames = ['floor', 'expected', 'ceiling'] as const
export type CaseName = (typeof caseNames)[number]
export type Cases = Readonly<Record<CaseName, number>>

export function casesOf(reckon: (which: CaseName) => number): Cases {
  return { floor: reckon('floor'), expected: reckon('expected'), ceiling: reckon('ceiling') }
}

export const sumOf = (all: readonly Cases[]): Cases =>
  casesOf((which) => all.reduce((sum, each) => sum + each[which], 0))
