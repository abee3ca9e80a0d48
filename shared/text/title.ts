const longestTitle = 80

/** A title made of the first words of a text. */
export function titleOf(content: string): string {
  const words = content.replace(/\s+/g, ' ').trim()
  if (words.length <= longestTitle) return words
  const cut = words.slice(0, longestTitle)
  const space = cut.lastIndexOf(' ')
  return `${(space > longestTitle / 2 ? cut.slice(0, space) : cut).toWellFormed()}…`
}
