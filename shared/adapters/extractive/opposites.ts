/** Words before a noun that say another thing with each other: what holds in a time does not hold after it. */
const opposites = [
  ['after', 'before', 'during', 'in', 'within'],
  ['with', 'without'],
  ['above', 'below', 'over', 'under'],
  ['nach', 'vor', 'während', 'in'],
  ['mit', 'ohne'],
  ['über', 'unter'],
]
/** These say too little for a question with them to exclude another. */
const vague = new Set(['in', 'within', 'over', 'über', 'with', 'mit'])
const before = /(?<!\p{L})(\p{L}+)\s+(?:(?:the|a|an|de[rmsn]|die|das|eine[rmsn]?|ein)\s+)?(\p{L}{3,})/giu

/** The nouns of a text with the word before them, in lower case. */
function placed(text: string): [word: string, noun: string][] {
  const pairs: [string, string][] = []
  before.lastIndex = 0
  for (let found = before.exec(text); found !== null; found = before.exec(text)) {
    const [whole, word = '', noun = ''] = found
    pairs.push([word.toLowerCase(), noun.toLowerCase()])
    // The noun may be the word before the next one.
    before.lastIndex = found.index + whole.length - noun.length
  }
  return pairs
}

/** Whether a sentence speaks only of the opposite: "in der Probezeit" where "nach der Probezeit" is asked for. */
export function saysOpposite(question: string, sentence: string): boolean {
  const asked = placed(question).filter(([word]) => !vague.has(word) && opposites.some((group) => group.includes(word)))
  if (asked.length === 0) return false
  const said = placed(sentence)
  return asked.some(([word, noun]) => {
    const there = said.filter(([, other]) => other === noun).map(([other]) => other)
    const against = opposites.filter((group) => group.includes(word)).flat()
    return !there.includes(word) && there.some((other) => against.includes(other))
  })
}
