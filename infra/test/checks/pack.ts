import { type Graph, isRecord } from '../../mocks/graph.ts'
import { rules, type Subject } from '../../policy/rules.ts'
import { stackRules } from '../../policy/stack-rules.ts'

/** The resources of a stack, as the rules of the policy pack look at them. */
export function subjectsOf(graph: Graph): Subject[] {
  const provider = graph.one('pulumi:providers:aws')
  const told: unknown = JSON.parse(String(provider.props.defaultTags ?? '{}'))
  const tags = isRecord(told) && isRecord(told.tags) ? told.tags : {}
  return graph.nodes.map(({ type, name, props, protect, provider: made }) => {
    // A resource of another provider than the stack's has none of its tags.
    const ours = made.includes(provider.name)
    return { type, name, props, protect, providerTags: ours ? tags : {} }
  })
}

/** Everything that the policy pack refuses. */
export function packFaults(subjects: readonly Subject[]): string[] {
  return [
    ...rules.flatMap((rule) =>
      subjects.flatMap((subject) => [...rule.check(subject)].map((fault) => `${rule.name}: ${subject.name}: ${fault}`)),
    ),
    ...stackRules.flatMap((rule) =>
      [...rule.check(subjects)].map(({ resource, fault }) => `${rule.name}: ${resource.name}: ${fault}`),
    ),
  ]
}
