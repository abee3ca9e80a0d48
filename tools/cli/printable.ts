/** All control characters but tab and line feed, and what turns the direction of the text around it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g

const hex = (character: string, digits: number) => character.charCodeAt(0).toString(16).padStart(digits, '0')

/**
 * Text as it may go to a terminal. What documents, their names and servers say is not ours: an escape sequence in it could
 * rewrite what is on the screen, so it is shown, as `\x1b`, and does nothing.
 */
export function printable(text: string): string {
  return text.replace(unsafe, (c) => (c < '\u0100' ? `\\x${hex(c, 2)}` : `\\u${hex(c, 4)}`))
}

/** The same for JSON, which stays what it was to whoever parses it: JSON itself escapes only the first 32. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(unsafe, (c) => `\\u${hex(c, 4)}`)
}
