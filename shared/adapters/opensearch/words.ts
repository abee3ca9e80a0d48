import type { Analyzer } from '../../text/analyze.ts'

/** A query may name so many different terms; OpenSearch refuses more than 1024 clauses. */
const mostTerms = 900
/** Words of a heading count twice, as in the embedded index. */
const headingWeight = 2

/**
 * What a passage is found by: the terms of our own analyzer, parted by blanks, so that text is ranked alike in every
 * mode. OpenSearch only parts them again.
 */
export function wordsOf(
  analyzer: Analyzer,
  passage: { title: string; section: readonly string[]; text: string },
): string {
  const terms = [...analyzer.terms(passage.text), ...analyzer.terms(passage.title)]
  for (const heading of passage.section) {
    const found = analyzer.terms(heading)
    for (let n = 0; n < headingWeight; n++) for (const term of found) terms.push(term)
  }
  return terms.join(' ')
}

/** The terms of a query, repetitions kept; undefined when it says nothing. */
export function queryWords(analyzer: Analyzer, text: string): string | undefined {
  const known = new Set<string>()
  const terms = analyzer.terms(text).filter((term) => {
    if (known.size < mostTerms) known.add(term)
    return known.has(term)
  })
  return terms.length === 0 ? undefined : terms.join(' ')
}
