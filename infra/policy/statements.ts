/** A statement of a policy, with lists where JSON has one or many. */
export interface Statement {
  sid: string
  effect: string
  principals: string[]
  actions: string[]
  resources: string[]
  conditions: Readonly<Record<string, unknown>>
}

/**
 * The statements of a policy as text.
 * @throws SyntaxError when it is no JSON
 */
export function statementsOf(policy: unknown): Statement[] {
  const document: unknown = typeof policy === 'string' ? JSON.parse(policy) : policy
  if (!isRecord(document) || !Array.isArray(document.Statement)) return []
  return document.Statement.filter(isRecord).map((each) => ({
    sid: String(each.Sid ?? ''),
    effect: String(each.Effect ?? ''),
    principals: isRecord(each.Principal) ? Object.values(each.Principal).flatMap(texts) : texts(each.Principal),
    actions: texts(each.Action),
    resources: texts(each.Resource),
    conditions: isRecord(each.Condition) ? each.Condition : {},
  }))
}

/** Whether it allows something to everybody, without a condition. */
export function isOpen({ effect, principals, conditions }: Statement): boolean {
  return effect === 'Allow' && principals.includes('*') && Object.keys(conditions).length === 0
}

function texts(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string')
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
