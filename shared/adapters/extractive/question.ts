import type { Analyzer } from '../../text/analyze.ts'

export interface Question {
  /** What an answer should speak of, each term once, in the order of the question. */
  terms: string[]
  /** Pairs of terms that stand side by side. */
  pairs: string[]
  /** It asks for an amount, a time or a number. */
  wantsNumber: boolean
}

/** Words that only ask, and would be missed in every answer. */
const asking = new Set(
  `get gets got give gives show find list explain describe know want need say says said does long often far old big large heavy high tall deep wide
   much many happen happens happened mean means make makes take takes may might must can could shall should would will allowed exactly currently per details information question
   document documents according mention mentioned there look looking like apply applies
   viele viel lange oft bekommen bekommt gibt gib zeige zeig finde nenne erkläre steht heißt wissen möchte brauche hoch
   combien donne montre trouve explique dit signifie longtemps souvent obtient reçoit
   cuánto cuántos cuánta cuántas dame muestra encuentra explica dice significa recibe reciben`.split(/\s+/),
)
const number =
  /\b(how (many|much|long|often|old|far|high|large|big|late|early|heavy|tall|deep|wide|soon|fast)|when|what (time|date|percentage|year|amount|number)|number of|wie ?viele?|wie (lange|oft|hoch)|wann|combien|quand|cu[aá]nt[oa]s?|cu[aá]ndo)\b/i

/** What a question is about. */
export function readQuestion(text: string, analyzer: Analyzer): Question {
  const words = text.split(/\s+/).filter((word) => !asking.has(word.toLowerCase().replace(/[^\p{L}]/gu, '')))
  const all = analyzer.terms(words.join(' '))
  // A question of asking words alone ("what do they need?") is about these.
  const terms = [...new Set(all.length > 0 ? all : analyzer.terms(text))]
  return {
    terms,
    pairs: terms.slice(1).map((term, at) => `${terms[at]} ${term}`),
    wantsNumber: number.test(text),
  }
}
