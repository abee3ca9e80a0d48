import type { Caller } from './callers.ts'

/** What a document of the test is, as far as rights go. Its words live and die with it. */
export interface Known {
  id: string
  tenant: string
  path: string
  /** Stands in the path; receipts show that after a deletion too. */
  pathWord: string | undefined
  alive: boolean
  groups: readonly string[]
  /** Of the newest version. */
  contentWord: string | undefined
  attributeWord: string
  /** Each word of this life, with the groups that the document had while the word was in its newest version. */
  audiences: Map<string, (readonly string[])[]>
}

const made = new Set<string>()

/** A word that stands nowhere else. */
export function newWord(): string {
  let rest = made.size
  let letters = ''
  for (let at = 0; at < 5; at++) {
    letters = String.fromCharCode(97 + (rest % 26)) + letters
    rest = Math.floor(rest / 26)
  }
  const word = `zq${letters}x`
  made.add(word)
  return word
}

/** All such words in a text; letters of an id that look like one are none. */
export function wordsIn(text: string): string[] {
  const found = new Set(text.toLowerCase().match(/zq[a-z]{5}x/g) ?? [])
  return [...found].filter((word) => made.has(word))
}

export function admits(groups: readonly string[], caller: Caller): boolean {
  return caller.groups === undefined || groups.length === 0 || groups.some((group) => caller.groups?.includes(group))
}

/** Callers open documents to groups that they hold; what is assigned may stay. */
export function mayAssign(caller: Caller, wanted: readonly string[], assigned: readonly string[]): boolean {
  return wanted.every((group) => caller.groups === undefined || [...caller.groups, ...assigned].includes(group))
}

export const mayKnowOf = (caller: Caller, known: Known | undefined): known is Known =>
  known !== undefined && known.tenant === caller.tenant && admits(known.groups, caller)

/** Whom the newest version is for, from now on. */
export function show(known: Known): void {
  for (const word of [known.contentWord, known.attributeWord]) {
    if (word === undefined) continue
    const audiences = known.audiences.get(word) ?? []
    known.audiences.set(word, [...audiences, known.groups])
  }
}

/**
 * The words that a caller may read now: of documents that are there and admit it, those of versions that admitted it.
 * What its subject was told before stays its own for as long as the document admits it.
 */
export function readable(caller: Caller, documents: Iterable<Known>, told: ReadonlySet<string>): Set<string> {
  const may = new Set<string>()
  for (const known of documents) {
    if (!mayKnowOf(caller, known)) continue
    if (known.pathWord !== undefined) may.add(known.pathWord)
    if (!known.alive) continue
    for (const [word, audiences] of known.audiences) {
      if (told.has(word) || audiences.some((groups) => admits(groups, caller))) may.add(word)
    }
  }
  return may
}
