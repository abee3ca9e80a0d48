const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' })

/** The sentences of a text in their order, each with its offset; white space around them is left out. */
export function sentences(text: string): { text: string; start: number }[] {
  const found: { text: string; start: number }[] = []
  for (const { segment, index } of segmenter.segment(text)) {
    const trimmed = segment.trim()
    if (trimmed !== '') found.push({ text: trimmed, start: index + segment.indexOf(trimmed) })
  }
  return found
}
