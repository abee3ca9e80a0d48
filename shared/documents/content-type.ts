/** The types that KASS reads. */
export const contentTypes = {
  pdf: 'application/pdf',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  html: 'text/html',
  csv: 'text/csv',
  markdown: 'text/markdown',
  text: 'text/plain',
} as const

export type ContentType = (typeof contentTypes)[keyof typeof contentTypes]
export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'

/** As many first bytes as `sniff` looks at. */
export const sniffBytes = 4096

const startsWith = (bytes: Uint8Array, ...signature: number[]): boolean =>
  signature.every((byte, at) => bytes[at] === byte)

/**
 * The encoding of text by its byte order mark, else UTF-8 where the bytes are that, else windows-1252 (what Latin-1
 * means on the web). `cut` says that the bytes end anywhere, maybe in the middle of a character.
 */
export function textEncoding(bytes: Uint8Array, options: { cut?: boolean } = {}): TextEncoding {
  if (startsWith(bytes, 0xff, 0xfe)) return 'utf-16le'
  if (startsWith(bytes, 0xfe, 0xff)) return 'utf-16be'
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: options.cut === true })
    return 'utf-8'
  } catch {
    return 'windows-1252'
  }
}

/**
 * The type of a document by its first bytes. The name decides nothing, except between kinds of text, where its ending
 * is taken as a hint if the content allows it. Any zip that is not known to be something else is taken for an XLSX,
 * which only whoever opens it can confirm.
 * @returns undefined for content that is not supported
 */
export function sniff(prefix: Uint8Array, name: string): ContentType | undefined {
  const bytes = prefix.subarray(0, sniffBytes)
  if (startsWith(bytes, 0x50, 0x4b, 0x03, 0x04)) return isOtherZip(bytes) ? undefined : contentTypes.xlsx
  const ascii = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 1024)).toString('latin1')
  if (/^(?:\u00ef\u00bb\u00bf)?\s*%PDF-\d/.test(ascii)) return contentTypes.pdf
  const encoding = textEncoding(bytes, { cut: true })
  if (!isText(bytes, encoding)) return /%PDF-\d\.\d/.test(ascii) ? contentTypes.pdf : undefined
  const text = new TextDecoder(encoding).decode(bytes, { stream: true })
  if (/^\s*(?:\{\\rtf|%!PS)/.test(text)) return undefined
  return textKind(text, bytes.length < sniffBytes, /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '')
}

/** Names of archive members that tell a zip of another kind: Word, PowerPoint, OpenDocument, EPUB, Java. */
const otherMembers = /^(?:word\/|ppt\/|META-INF\/|mimetype$)/

function isOtherZip(bytes: Uint8Array): boolean {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = 0; at >= 0 && at + 30 < view.length; at = view.indexOf('PK\u0003\u0004', at + 4, 'latin1')) {
    const name = view.toString('latin1', at + 30, at + 30 + view.readUInt16LE(at + 26))
    if (otherMembers.test(name)) return true
  }
  return false
}

/** Formats that need not have a control character at their beginning: gzip, JPEG, OLE, bzip2, GIF, RIFF, ID3, 7z, Rar. */
const magic =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is how gzip and OLE begin
  /^(?:\u001f\u008b|\u00ff\u00d8\u00ff|\u00d0\u00cf\u0011\u00e0|BZh\d|GIF8[79]a|RIFF|ID3|7z\u00bc\u00af|Rar!|OggS|fLaC)/

function isText(bytes: Uint8Array, encoding: TextEncoding): boolean {
  if (encoding === 'utf-16le' || encoding === 'utf-16be') {
    const text = new TextDecoder(encoding).decode(bytes, { stream: true })
    return !text.includes('\u0000') && !text.includes('\ufffd')
  }
  if (magic.test(Buffer.from(bytes.subarray(0, 8)).toString('latin1'))) return false
  // Of the control characters, text has tab, line feed, vertical tab, form feed, carriage return, and escape in logs.
  return bytes.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0x1b)
}

const htmlDocument = /^\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b/i
const htmlFragment =
  /^\s*(?:<!--[\s\S]*?-->\s*)*<(?:div|p|h[1-6]|table|ul|ol|section|article|main|header|meta|title|span)\b/i
const anyTag = /<\/?[a-z][a-z0-9]*(?:\s[^<>]*)?>/i

function textKind(text: string, whole: boolean, ending: string): ContentType {
  if (htmlDocument.test(text)) return contentTypes.html
  if (ending === 'md' || ending === 'markdown') return contentTypes.markdown
  if (ending === 'csv' || ending === 'tsv' || ending === 'tab') return contentTypes.csv
  if ((ending === 'html' || ending === 'htm') && anyTag.test(text)) return contentTypes.html
  if (htmlFragment.test(text)) return contentTypes.html
  if (looksLikeTable(text, whole)) return contentTypes.csv
  if (ending !== 'txt' && ending !== 'log' && looksLikeMarkdown(text)) return contentTypes.markdown
  return contentTypes.text
}

const delimiters = [',', ';', '\t', '|'] as const
export type Delimiter = (typeof delimiters)[number]

/** How many fields each of the first records has; records that go on beyond the text are left out. */
function fieldCounts(text: string, delimiter: Delimiter, whole: boolean): number[] {
  const counts: number[] = []
  let fields = 1
  let quoted = false
  let begin = true
  for (const char of text) {
    if (char === '"' && (quoted || begin)) quoted = !quoted
    else if (quoted) continue
    else if (char === delimiter) fields++
    else if (char === '\n') {
      counts.push(fields)
      fields = 1
    }
    begin = char === delimiter || char === '\n' || (char === '"' && !quoted)
  }
  if (whole && !quoted && !text.endsWith('\n')) counts.push(fields)
  return counts
}

/** The delimiter that divides the first records most evenly; a comma when none does. */
export function csvDelimiter(text: string, whole: boolean): Delimiter {
  let best: { delimiter: Delimiter; score: number } = { delimiter: ',', score: 0 }
  for (const delimiter of delimiters) {
    const counts = fieldCounts(text, delimiter, whole).filter((count) => count > 1)
    const frequency = new Map<number, number>()
    for (const count of counts) frequency.set(count, (frequency.get(count) ?? 0) + 1)
    const score = Math.max(0, ...[...frequency].map(([count, times]) => times * (1 + Math.log2(count))))
    if (score > best.score) best = { delimiter, score }
  }
  return best.delimiter
}

/** Strict, since nothing but the content speaks for it: three records or more, all of one width, short header cells. */
function looksLikeTable(text: string, whole: boolean): boolean {
  const delimiter = csvDelimiter(text, whole)
  if (delimiter === '|') return false
  const counts = fieldCounts(text.trimEnd(), delimiter, whole)
  const width = counts[0] ?? 0
  if (counts.length < 3 || width < 2 || counts.some((count) => count !== width)) return false
  const header = text.slice(0, text.indexOf('\n')).trim().split(delimiter)
  return header.every((cell) => cell.trim().length <= 60 && !/[.!?:]\s*$/.test(cell))
}

function looksLikeMarkdown(text: string): boolean {
  if (/^\s*#{1,6} \S/.test(text)) return true
  const signs = [
    /^#{1,6} \S/m,
    /^(?:```|~~~)/m,
    /\[[^\]\n]+\]\([^)\s]+\)/,
    /^\|?\s*:?-{3,}:?\s*\|/m,
    /\*\*\S[^*\n]*\*\*/,
    /^[-*+] \S/m,
  ]
  return signs.filter((sign) => sign.test(text)).length >= 2
}
