import { stemmer as dutch } from '@orama/stemmers/dutch'
import { stemmer as english } from '@orama/stemmers/english'
import { stemmer as french } from '@orama/stemmers/french'
import { stemmer as german } from '@orama/stemmers/german'
import { stemmer as italian } from '@orama/stemmers/italian'
import { stemmer as portuguese } from '@orama/stemmers/portuguese'
import { stemmer as spanish } from '@orama/stemmers/spanish'
import { type SearchLanguage, stopWords } from './stop-words.ts'
import { denseWords, fold, isDense, maxTermLength, normalised, numberForms, rawTokens } from './token-forms.ts'

export type { SearchLanguage } from './stop-words.ts'

export interface Analyzer {
  /** Names language and rules: terms of different ids are not comparable. */
  readonly id: string
  /** What a text is found by, in its order, repetitions kept. A code or a number may give several terms. */
  terms(text: string): string[]
  /** Whether a single word is left out of the terms. */
  isStopWord(word: string): boolean
}

/** Raised whenever the same text gives other terms than before. */
const rules = 1

const same = (word: string): string => word
const stemmers: Record<SearchLanguage, (word: string) => string> = {
  english,
  german,
  french,
  spanish,
  italian,
  portuguese,
  dutch,
  none: same,
}
/** Their suffix rules need the accents, so these are folded after stemming. */
const accented = new Set<SearchLanguage>(['french', 'spanish', 'italian', 'portuguese'])
/** English words that are stop words unless written in capitals. */
const acronyms = new Set(['IT', 'WHO'])
/** What a memo holds before it is begun anew: a few megabytes, and nearly all of a language's running words. */
const memoSize = 32_768
/** Longer substrings would keep the text alive that they were cut from. */
const longestSlice = 12

const digitsOnly = /^\d+$/
const numeric = /^\d+(?:[.,]\d+)+$/
const withUnit = /^(\d+)(\p{L}+)$/u
const stemmable = /^\p{Script=Latin}{3,}$/u
const connectors = /[-'./_:,&@+#]+/

/**
 * Makes the analyzer of a language: case, width and diacritics are folded, stop words left out, words stemmed
 * (Snowball); runs of scripts without spaces are segmented. Numbers are found with and without grouping and trailing
 * zeros (`1,234.50`, `1234.5`), codes (`INV-2024-001`) whole and by their parts. `none` neither stems nor leaves out.
 */
export function createAnalyzer(language: SearchLanguage): Analyzer {
  const stem = stemmers[language]
  const stops = stopWords(language)
  const foldedStops = new Set([...stops].map(fold))
  const keepsAcronyms = language === 'english'
  let memo = new Map<string, string | readonly string[]>()

  const isStop = (lower: string): boolean => stops.has(lower) || foldedStops.has(lower)

  /** Adds what one run of letters and digits is found by. */
  function addWord(word: string, out: string[]): void {
    if (keepsAcronyms && acronyms.has(word)) {
      out.push(word.toLowerCase())
      return
    }
    const lower = word.toLowerCase()
    if (isStop(lower)) return
    if (isDense(lower)) {
      for (const part of denseWords(lower)) out.push(fold(part))
      return
    }
    const ready = (accented.has(language) ? lower : fold(lower)).slice(0, maxTermLength)
    if (stemmable.test(ready)) out.push(fold(stem(ready)))
    else {
      out.push(fold(ready))
      const unit = withUnit.exec(ready)
      if (unit?.[1] !== undefined && unit[2] !== undefined) out.push(unit[1], fold(unit[2]))
    }
  }

  /** Adds what a token with connectors inside is found by: its parts and, where it can be looked up by it, the whole. */
  function addCompound(token: string, out: string[]): void {
    if (numeric.test(token)) {
      const forms = numberForms(token)
      if (forms.length > 0) {
        out.push(...forms)
        return
      }
    }
    const parts = token.split(connectors)
    const whole = fold(token.toLowerCase())
    if (/[\d@_.&]/.test(whole) && whole.length <= maxTermLength && !whole.includes("'")) out.push(whole)
    else if (parts.length === 2 && token.includes('-')) addWord(parts.join(''), out)
    for (const part of parts) addWord(part, out)
  }

  function analyse(token: string): string | readonly string[] {
    const out: string[] = []
    if (connectors.test(token)) addCompound(token, out)
    else addWord(token, out)
    // A mark without its letter folds to nothing.
    const found = out.filter((term) => term !== '')
    return found.length === 1 && found[0] !== undefined ? found[0] : found
  }

  function memoised(token: string): string | readonly string[] {
    let found = memo.get(token)
    if (found === undefined) {
      if (memo.size >= memoSize) memo = new Map()
      found = analyse(token)
      if (token.length <= longestSlice) memo.set(token, found)
      else if (token.length <= maxTermLength) memo.set(token.split('').join(''), found)
    }
    return found
  }

  return {
    id: `${language}/${rules}`,
    terms(text) {
      const out: string[] = []
      for (const token of rawTokens(normalised(text))) {
        if (digitsOnly.test(token)) {
          out.push(token.length > maxTermLength ? token.slice(0, maxTermLength) : token)
          continue
        }
        const found = memoised(token)
        if (typeof found === 'string') out.push(found)
        else for (const term of found) out.push(term)
      }
      return out
    },
    isStopWord: (word) => isStop(word.toLowerCase()),
  }
}
