import { type SearchLanguage, stopWords } from './stop-words.ts'

const languages: readonly SearchLanguage[] = [
  'english',
  'german',
  'french',
  'spanish',
  'italian',
  'portuguese',
  'dutch',
]
const known = new Map(languages.map((language) => [language, stopWords(language)]))

/**
 * The language whose small words a text has most of; the expected one when it has as many as another. Undefined when
 * it has none of any language: it is a few bare words, or of a language that is not known here.
 */
export function languageOf(text: string, expected: SearchLanguage): SearchLanguage | undefined {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? []
  let best: { language: SearchLanguage | undefined; count: number } = { language: undefined, count: 0 }
  for (const language of [expected, ...languages]) {
    const count = words.filter((word) => known.get(language)?.has(word)).length
    if (count > best.count) best = { language, count }
  }
  return best.language
}
