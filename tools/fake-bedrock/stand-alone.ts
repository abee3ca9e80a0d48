const request = /^Conversation:\n([\s\S]*)\n\n(?:Rewrite|Rephrase)[^\n]*\nQuestion:\s*([\s\S]*)$/i
const turn = /^User: (.*)$/gim
const lead =
  /^(?:and |so |but |please )*(?:(?:can|could) you (?:tell|show) me |tell me |show me )?(?:what|which|who|when|where|why|how)(?:'s| (?:is|are|was|were|many|much|long|often|do|does|did|about|can|should|must))*\s+/i
const referring =
  /\b(?:it|they|them|he|she|him)\b|\b(?:this|that|these|those)(?=\s*[?.!,]|$|\s+(?:is|are|was|were|apply|applies)\b)/i
const possessive = /\b(its|their)\b/i
const fragment = /^(?:and|what about|how about|or|und|et|y)\b[\s,]*/i

/** Whether a prompt asks for a question to be rewritten so that it stands alone. */
export const asksToRewrite = (prompt: string): boolean => request.test(prompt)

/**
 * The last question with what it refers to: a pronoun becomes the subject of the question before it, and a fragment
 * ("And in Germany?") is added to that question. One that stands alone stays as it is.
 */
export function standAlone(prompt: string): string {
  const [, conversation = '', given = ''] = request.exec(prompt) ?? []
  const question = given.trim()
  const former = [...conversation.matchAll(turn)]
    .at(-1)?.[1]
    ?.trim()
    .replace(/[?.!\s]+$/, '')
  if (former === undefined || former === '') return question
  const subject = former.replace(lead, '')
  if (fragment.test(question)) return `${former}, ${question.replace(fragment, '').replace(/[?.!\s]+$/, '')}?`
  if (possessive.test(question)) return question.replace(possessive, `the ${subject.replace(/^the /i, '')}'s`)
  if (referring.test(question)) return question.replace(referring, subject)
  return question
}
