import { sentences } from '../../shared/text/sentences.ts'
import { countTokens } from '../../shared/text/tokens.ts'

const words = new Intl.Segmenter(undefined, { granularity: 'word' })
const loneHighSurrogate = /[\ud800-\udbff]$/

/** How long the longest beginning of `text` is that has no more than `tokens` tokens. Never parts a surrogate pair. */
export function fit(text: string, tokens: number): number {
  // No token is shorter than a dense character, or longer than four others.
  let low = 0
  let high = Math.min(text.length, tokens * 4)
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (countTokens(text.slice(0, middle)) <= tokens) low = middle
    else high = middle - 1
  }
  return low < text.length && loneHighSurrogate.test(text.slice(low - 1, low)) ? low - 1 : low
}

/**
 * Where to cut `text` so that its first part has at most `tokens` tokens: behind a sentence if that leaves no tiny
 * part, else behind a word. 0 when not even its first word fits.
 */
export function cut(text: string, tokens: number): number {
  const end = fit(text, tokens)
  if (end === text.length) return end
  const seen = text.slice(0, end + 1)
  const sentence = sentences(text.slice(0, end + 200)).findLast(({ start }) => start <= end && start > end / 3)
  if (sentence) return sentence.start
  const space = seen.search(/\s\S*$/)
  return space > 0 ? space : 0
}

/** Where to cut a text whose first word alone is larger than a chunk: at a border of the script, else anywhere. */
export function cutWord(text: string, tokens: number): number {
  const end = Math.max(1, fit(text, tokens))
  let border = 0
  for (const { index } of words.segment(text.slice(0, end))) border = index
  return border > end / 2 ? border : end
}

/** Where the last part of `text` begins that has at most `tokens` tokens: at a sentence, else at a word; its length when nothing fits. */
export function tailStart(text: string, tokens: number): number {
  if (tokens <= 0) return text.length
  const from = Math.max(0, text.length - tokens * 4 - 1)
  let best = text.length
  for (const { start } of sentences(text.slice(from)).toReversed()) {
    // What begins at the cut itself is the rest of a sentence that began before it.
    if ((start === 0 && from > 0) || countTokens(text.slice(from + start)) > tokens) break
    best = from + start
  }
  if (best < text.length) return best
  for (const { index } of [...text.slice(from).matchAll(/(?<=\s)\S/g)].toReversed()) {
    if (countTokens(text.slice(from + index)) > tokens) break
    best = from + index
  }
  return best
}
