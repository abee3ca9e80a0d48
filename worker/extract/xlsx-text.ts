import { withoutControls } from './controls.ts'

const escaped = /_x([0-9a-f]{4})_/gi

/** ECMA-376 part 1, 22.9.2.19: characters that XML has no place for are written as `_x000D_`, and `_x005F_` is a `_`. */
export function unescapeText(text: string): string {
  if (!text.includes('_x')) return text
  const plain = text.replace(escaped, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
  return withoutControls(plain.replace(/\r\n?/g, '\n')).toWellFormed()
}
