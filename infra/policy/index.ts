/**
 * The rules as a policy pack: `pulumi preview --policy-pack infra/policy` refuses a stack that breaks one. The tests
 * hold every stack to the same rules.
 */
import { PolicyPack } from '@pulumi/policy'
import { rules, type Subject } from './rules.ts'
import { stackRules } from './stack-rules.ts'
import { isRecord } from './statements.ts'

interface Told {
  type: string
  name: string
  props: Record<string, unknown>
  opts: { protect?: boolean }
  provider?: { props: Record<string, unknown> }
}

function subject({ type, name, props, opts, provider }: Told): Subject {
  return { type, name, props, protect: opts.protect === true, providerTags: defaultTags(provider?.props.defaultTags) }
}

/** A provider is told its nested settings as text. */
function defaultTags(given: unknown): Record<string, unknown> {
  const value: unknown = typeof given === 'string' ? JSON.parse(given) : given
  return isRecord(value) && isRecord(value.tags) ? value.tags : {}
}

new PolicyPack('kass', {
  enforcementLevel: 'mandatory',
  policies: [
    ...rules.map(({ name, about, check }) => ({
      name,
      description: about,
      validateResource: (told: Told, report: (message: string) => void) => {
        for (const fault of check(subject(told))) report(fault)
      },
    })),
    ...stackRules.map(({ name, about, check }) => ({
      name,
      description: about,
      validateStack: (told: { resources: Told[] }, report: (message: string, urn?: string) => void) => {
        for (const { resource, fault } of check(told.resources.map(subject))) report(`${resource.name}: ${fault}`)
      },
    })),
  ],
})
