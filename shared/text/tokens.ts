/** Scripts written without spaces: about one token a character. */
const dense = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/gu

/**
 * About how many tokens a model would count: four characters each, one for a character of a dense script. An estimate
 * is enough, since it only sizes chunks and budgets; what a model reports is what is accounted.
 */
export function countTokens(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
  const wide = /[^\u0000-\u024f]/.test(text) ? (text.match(dense)?.length ?? 0) : 0
  return Math.ceil((text.length - wide) / 4) + wide
}
