interface Numbered {
  number: string
  text: string
}

const source = /<source\b[^>]*?\bnumber="(\d+)"[^>]*>\n?([\s\S]*?)<\/source>/g
const words = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]{2,}/gu) ?? []
const idle = new Set(
  'the and for how what when who does did are was is of in to do get many much our my with on an it'.split(' '),
)

/**
 * The deterministic answer to a prompt: the line of the numbered sources that shares most words with the question, and
 * its number. Without sources it repeats the question, so that a rewritten follow-up can be recognised.
 */
export function answerTo(prompt: string): string {
  const sources: Numbered[] = [...prompt.matchAll(source)].map(([, number = '', text = '']) => ({ number, text }))
  const asked = prompt
    .replace(source, '')
    .replace(/^[\s\S]*Question:\s*/i, '')
    .trim()
  if (sources.length === 0) return asked
  const wanted = new Set(words(asked).filter((word) => !idle.has(word)))
  let best = { score: 0, line: '', number: '' }
  for (const { number, text } of sources) {
    for (const line of text.split(/\n|(?<=[.!?])\s+/)) {
      const score = new Set(words(line).filter((word) => wanted.has(word))).size
      if (score > best.score) best = { score, line: line.trim(), number }
    }
  }
  return best.score === 0 ? "The documents don't say." : `According to the documents: ${best.line} [${best.number}]`
}

/** Small pieces, as a model streams them: a word each. */
export function pieces(text: string): string[] {
  return text.match(/\s*\S+\s*$|\s*\S+/g) ?? [text]
}
