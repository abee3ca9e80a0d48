/** A small generator of numbers from 0 to 1 with a seed (mulberry32), so that every run sees the same. */
export function randomness(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const vocabularySize = 100_000
const syllables = ['ba', 'ke', 'lo', 'mi', 'nu', 'ra', 'se', 'to', 'vi', 'zu', 'dan', 'fel', 'gor', 'hin', 'jur', 'pol']

/** A word for each rank, pronounceable, so that the stemmer and the tokenizer do what they do to real words. */
function wordOf(rank: number): string {
  let word = ''
  for (let rest = rank + syllables.length; rest > 0; rest = Math.floor(rest / syllables.length)) {
    word += syllables[rest % syllables.length] ?? ''
  }
  return word
}

export interface Writer {
  words(count: number): string[]
  /** Sentences of about 15 words, paragraphs of about 5 sentences. */
  prose(count: number): string
}

/** Words whose frequencies fall as in natural language (Zipf, exponent 1), without the stop words of the first ranks. */
export function createWriter(seed: number): Writer {
  const random = randomness(seed)
  const vocabulary = Array.from({ length: vocabularySize }, (_, rank) => wordOf(rank))
  const sums = new Float64Array(vocabularySize)
  let sum = 0
  for (const rank of vocabulary.keys()) sums[rank] = sum += 1 / (rank + 20)
  const word = (): string => {
    const wanted = random() * sum
    let low = 0
    let high = vocabularySize - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] ?? 0) < wanted) low = middle + 1
      else high = middle
    }
    return vocabulary[low] ?? ''
  }
  const words = (count: number) => Array.from({ length: count }, word)
  return {
    words,
    prose(count) {
      let text = ''
      for (let written = 0, sentence = 0; written < count; sentence++) {
        const length = Math.min(10 + Math.floor(random() * 10), count - written)
        const [first = '', ...rest] = words(length)
        text += `${first.charAt(0).toUpperCase()}${[first.slice(1), ...rest].join(' ')}.`
        text += sentence % 5 === 4 ? '\n\n' : ' '
        written += length
      }
      return text.trim()
    },
  }
}
