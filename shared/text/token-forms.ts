/** How text falls into raw tokens, and the forms that one token is known by. Used by the analyzer alone. */

/** Longer terms are cut: nobody types them, and what is equal stays equal. */
export const maxTermLength = 64

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
const beyondAscii = /[^\u0000-\u007f]/
const ascii = /[A-Za-z0-9]+(?:[-'./_:,&@+#][A-Za-z0-9]+)*/g
const unicode = /[\p{L}\p{M}\p{N}]+(?:[-'./_:,&@+#][\p{L}\p{M}\p{N}]+)*/gu
const typography: Record<string, string> = { '\u2019': "'", '\u02bc': "'", '\u2010': '-', '\u2011': '-' }

/** Width and typography unified (NFKC); soft hyphens and joiners that only lay out are taken out. */
export function normalised(text: string): string {
  if (!beyondAscii.test(text)) return text
  return text
    .normalize('NFKC')
    .replace(/[\u00ad\u2060\ufeff]/g, '')
    .replace(/[\u2019\u02bc\u2010\u2011]/g, (sign) => typography[sign] ?? sign)
}

/** Runs of letters and digits, with single connectors between them. */
export function rawTokens(text: string): readonly string[] {
  return text.match(beyondAscii.test(text) ? unicode : ascii) ?? []
}

const special: Record<string, string> = { ß: 'ss', ø: 'o', ł: 'l', æ: 'ae', œ: 'oe', đ: 'd', ð: 'd', þ: 'th', ı: 'i' }

/** Without diacritics; marks that are letters of their script (Devanagari, Thai, kana) stay. */
export function fold(word: string): string {
  if (!beyondAscii.test(word)) return word
  return word
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .replace(/[ßøłæœđðþı]/g, (letter) => special[letter] ?? letter)
}

const dense =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u
let segmenter: Intl.Segmenter | undefined

/** Whether a token has letters of a script that is written without spaces. */
export function isDense(token: string): boolean {
  return beyondAscii.test(token) && dense.test(token)
}

/** The words of a run without spaces. */
export function* denseWords(run: string): Iterable<string> {
  segmenter ??= new Intl.Segmenter('und', { granularity: 'word' })
  for (const { segment, isWordLike } of segmenter.segment(run)) {
    if (isWordLike) yield segment.slice(0, maxTermLength)
  }
}

/** The same amount with and without the zeros at its end. */
function withoutZeros(whole: string, fraction: string): string[] {
  const digits = fraction.replace(/0+$/, '')
  const short = digits === '' ? whole : `${whole}.${digits}`
  return digits === fraction ? [short] : [`${whole}.${fraction}`, short]
}

const groupedByComma = /^(\d{1,3}(?:,\d{3})+)(?:\.(\d+))?$/
const groupedByPoint = /^(\d{1,3}(?:\.\d{3})+)(?:,(\d+))?$/
const plainDecimal = /^(\d+)[.,](\d+)$/

/**
 * What `1,234.50`, `1.234,50`, `1234.50` are found by: the digits without grouping, a point before decimals, with and
 * without zeros at the end. Where a separator could be either (`1.234`), both readings. Empty: not one number (a date,
 * a version, a list).
 */
export function numberForms(token: string): string[] {
  const forms = new Set<string>()
  for (const grouped of [groupedByComma.exec(token), groupedByPoint.exec(token)]) {
    if (grouped?.[1] === undefined) continue
    const whole = grouped[1].replace(/[.,]/g, '')
    for (const form of grouped[2] === undefined ? [whole] : withoutZeros(whole, grouped[2])) forms.add(form)
  }
  const decimal = plainDecimal.exec(token)
  if (decimal?.[1] !== undefined && decimal[2] !== undefined) {
    for (const form of withoutZeros(decimal[1], decimal[2])) forms.add(form)
  }
  return [...forms]
}
