const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' })

const ending = (words: readonly string[]): RegExp => new RegExp(`(?:^|[\\s(„"'«/.])(?:${words.join('|')})\\.$`, 'u')

/** Abbreviations that always go on, in every language: a text does not say which one it is written in. */
const leading = ending([
  'e\\.\\s?g|i\\.\\s?e|vs|cf|viz|approx|incl|excl|Nos|Fig|Figs|Sec|Dept|Dr|Mr|Mrs|Ms|Prof|Rev|St|Messrs|h\\.\\s?c|[Zz]\\.\\s?B|[Dd]\\.\\s?h',
  'bzw|ca|zzgl|inkl|exkl|einschl|ggf|evtl|vgl|gem|bspw|insb|abzgl|Nr|Nrn|Abs|Art|Ziff|Abb|Kap|Fa|Hr|Dipl|Ing|M|MM|Mme|Mlle',
  'p\\.\\s?ex|env|p\\.\\s?ej|Sra?|Sres|Srta|aprox|núm|pág|págs|dott|pagg?|bijv|dhr|mevr|blz|Exmo|Exma',
])
/** Abbreviations that may also be the last word of a sentence. A single letter is an initial, or the half of "z. B.". */
const possible = ending([
  'No|no|min|max|vol|Ltd|Inc|Corp|Co|Bros|plc|Jr|Jan|Feb|Aug|Sept?|Oct|Nov|Dec|Okt|Dez|[Uu]\\.\\s?a|o\\.\\s?ä|MwSt|Std|Min|Sek|Mio|Mrd|Str|Tel|tel|lt|mind',
  '\\p{L}',
])
/** Words that begin a new sentence more often than they follow an abbreviation. */
const opening =
  /^(?:The|This|That|These|It|Its|In|On|At|If|For|He|She|We|You|They|There|All|A|An|Der|Die|Das|Dies|Diese|Es|Er|Sie|Wir|Ein|Eine|Im|Bei|Wenn|Danach|Le|La|Les|Il|Elle|Un|Une|El|Los|Las|Het|De|Een)(?!\p{L})/u
const month =
  /^(?:Jan|Feb|Mär|Mar|Apr|Ma[iy]|Ju[nl]|Aug|Sep|O[kc]t|Nov|De[zc])|^(?:janv|févr|mars|avril|mai|juin|juil|août|sept|oct|nov|déc)/u
/** A number with a point that these come before is an ordinal: "am 3. Januar", "in der 2. Auflage". */
const ordinal =
  /(?:^|[\s(])(?:am|vom|zum|bis|ab|seit|der|die|das|den|dem|des|im|jede[rnsm]?|eine?[rnsm]?|zur|beim|\d{1,2}\.\s*(?:und|oder|bis|[-–/]))\s*\d{1,2}\.$/iu
const number = /(?:^|[\s(])\d{1,2}\.$/u
/** "1." or "2.3." at the beginning belongs to what it numbers. */
const numbering = /^(?:\(?\d{1,3}(?:\.\d{1,3})*[.)]|[a-z][.)])$/iu

/** The sentences of a text in their order, each with its offset; white space around them is left out. */
export function sentences(text: string): { text: string; start: number }[] {
  const found: { text: string; start: number }[] = []
  for (const { segment, index } of segmenter.segment(text)) {
    const trimmed = segment.trim()
    if (trimmed === '') continue
    const start = index + segment.indexOf(trimmed)
    const last = found.at(-1)
    if (last && goesOn(last.text, trimmed) && !/\n/.test(text.slice(last.start + last.text.length, start))) {
      last.text = text.slice(last.start, start + trimmed.length)
    } else found.push({ text: trimmed, start })
  }
  return found
}

/** Whether a point ends no sentence: that of an abbreviation, of a day before its month, of a number before its text. */
function goesOn(former: string, next: string): boolean {
  // Only the end counts, and a sentence may be as long as a document.
  const end = former.slice(-40)
  if (leading.test(end) || ordinal.test(end)) return true
  if (possible.test(end) && !opening.test(next)) return true
  if (number.test(end) && month.test(next)) return true
  return former.length <= 12 && numbering.test(former)
}
