/** How a number of a workbook is written as text. */
export type NumberFormat = (value: number) => string

/** ECMA-376 part 1, 18.8.30: the formats that have a number only. Others of that list depend on the language. */
const builtin: Readonly<Record<number, string>> = {
  1: '0',
  2: '0.00',
  3: '#,##0',
  4: '#,##0.00',
  9: '0%',
  10: '0.00%',
  11: '0.00E+00',
  14: 'yyyy-mm-dd',
  15: 'd-mmm-yy',
  16: 'd-mmm',
  17: 'mmm-yy',
  18: 'h:mm AM/PM',
  19: 'h:mm:ss AM/PM',
  20: 'h:mm',
  21: 'h:mm:ss',
  22: 'm/d/yy h:mm',
  37: '#,##0',
  38: '#,##0',
  39: '#,##0.00',
  40: '#,##0.00',
  45: 'mm:ss',
  46: '[h]:mm:ss',
  47: 'mm:ss.0',
}
const isLocalDate = (id: number) => (id >= 27 && id <= 36) || (id >= 50 && id <= 58)

/** As Excel shows a number without a format: 15 digits, so that 0.1 + 0.2 is 0.3. */
export function plainNumber(value: number): string {
  return String(Number(value.toPrecision(15)))
}

/**
 * The format of a number by its id and, for formats of the workbook's own, its code. Dates and times come out as in
 * ISO 8601 (a space before the time), whatever order the format has them in; percent, fixed decimals and currency signs
 * as they are shown; digits are not grouped, so that numbers can be searched.
 */
export function numberFormat(id: number, code: string | undefined, date1904: boolean): NumberFormat {
  const known = code ?? builtin[id] ?? (isLocalDate(id) ? 'yyyy-mm-dd' : 'General')
  const first = (known.split(/;(?=(?:[^"]*"[^"]*")*[^"]*$)/)[0] ?? '').replace(
    /\[(?:black|blue|cyan|green|magenta|red|white|yellow|color ?\d+|[<>=][^\]]*)\]/gi,
    '',
  )
  if (/^\s*(?:general|@|)\s*$/i.test(first)) return plainNumber
  const bare = first.replace(/"[^"]*"|\\.|_.|\*.|\[\$[^\]]*\]/g, '')
  if (/\[[hms]+\]/i.test(bare)) return duration
  if (/[ymdhs]/i.test(bare.replace(/e[+-]/gi, ''))) return dateFormat(bare, date1904)
  return decimals(first, bare)
}

const pad = (value: number) => String(value).padStart(2, '0')

function clock(seconds: number): string {
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return `${pad(hours)}:${pad(minutes)}${rest === 0 ? '' : `:${pad(rest)}`}`
}

function duration(value: number): string {
  return (value < 0 ? '-' : '') + clock(Math.round(Math.abs(value) * 86_400))
}

function dateFormat(bare: string, date1904: boolean): NumberFormat {
  const hasDate = /[yd]/i.test(bare) || (/m/i.test(bare) && !/[hs]/i.test(bare))
  const hasTime = /[hs]/i.test(bare)
  return (value) => {
    if (value < 0 || value > 2_958_466) return plainNumber(value)
    const seconds = Math.round(value * 86_400)
    const days = Math.floor(seconds / 86_400)
    const time = seconds % 86_400
    if (!hasDate) return clock(time)
    // Excel counts a 29 February 1900, so its first two months are a day late.
    const epoch = date1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, days < 60 ? 31 : 30)
    const date = new Date(epoch + days * 86_400_000).toISOString().slice(0, 10)
    return hasTime && time !== 0 ? `${date} ${clock(time)}` : date
  }
}

function decimals(first: string, bare: string): NumberFormat {
  const digits = /[0#?][0#?,]*(?:\.([0#?]*))?/.exec(bare)
  if (!digits) return plainNumber
  const scaled = /[0#?],+(?:$|[^0#?,.])/.test(bare)
  if (scaled || /\?\/|\/\?|e[+-]/i.test(bare)) return plainNumber
  const places = (digits[1] ?? '').length
  // 00000: postal codes and article numbers.
  const least = (/^[^.]*/.exec(digits[0])?.[0].match(/0/g) ?? []).length
  const percent = bare.includes('%')
  const sign = /\[\$([^\]-]+)(?:-[^\]]*)?\]|"\s*([^"\d]{1,4}?)\s*"|([€$£¥])/.exec(first)
  const currency = sign?.[1] ?? sign?.[2] ?? sign?.[3] ?? ''
  const leads = sign !== null && sign.index < first.search(/[0#?]/)
  return (value) => {
    const shown = padded(round(percent ? value * 100 : value, places), least)
    if (percent) return `${shown}%`
    return currency === '' ? shown : leads ? `${currency} ${shown}` : `${shown} ${currency}`
  }
}

function padded(shown: string, least: number): string {
  if (least < 2) return shown
  return shown.replace(/^(-?)(\d+)(?![\de])/, (_, sign: string, whole: string) => sign + whole.padStart(least, '0'))
}

/** Halves away from zero, as they are written: 7.55 is 7.6 although its binary form is a little less. */
function round(value: number, places: number): string {
  const digits = Math.min(places, 15)
  const written = String(Number(Math.abs(value).toPrecision(15)))
  const rounded = written.includes('e') ? Number(written) : Math.round(Number(`${written}e${digits}`)) / 10 ** digits
  return `${value < 0 && rounded !== 0 ? '-' : ''}${rounded.toFixed(digits)}`
}
