import { computeSettings } from './settings/compute.ts'
import { dataSettings, watchSettings } from './settings/data.ts'
import { InvalidSetting, type StackSetting } from './settings/kinds.ts'
import { networkSettings } from './settings/network.ts'
import { refusals } from './settings/refusals.ts'

/** The one table of a stack's settings: the keys of `Pulumi.<stack>.yaml` below `kass:`. */
export const stackSettings = {
  ...networkSettings,
  ...computeSettings,
  ...dataSettings,
  ...watchSettings,
} as const satisfies Record<string, StackSetting<unknown>>

export type StackKey = keyof typeof stackSettings

/** A stack as it was configured. Everything that costs money is a number or a choice in it. */
export type StackConfig = Readonly<{ [K in StackKey]: ReturnType<(typeof stackSettings)[K]['parse']> }> & {
  /** Name of the stack: it goes into every name. */
  readonly stack: string
  /** From `aws:region`. */
  readonly region: string
}

/** Everything that is wrong with a stack's configuration, at once. */
export class StackConfigError extends Error {
  readonly faults: readonly string[]
  constructor(stack: string, faults: readonly string[]) {
    super(`The stack ${stack} is not configured right:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`)
    this.name = 'StackConfigError'
    this.faults = faults
  }
}

/**
 * Reads a stack's settings from texts, as they stand in its file, the key without `kass:`.
 * @throws StackConfigError naming every fault at once: wrong values, keys that do not exist, contradictions
 */
export function loadStackConfig(
  about: { stack: string; region: string },
  given: Readonly<Record<string, string | undefined>>,
): StackConfig {
  const faults: string[] = []
  const values: Record<string, unknown> = { ...about }
  for (const [key, setting] of Object.entries<StackSetting<unknown>>(stackSettings)) {
    const text = given[key]
    try {
      values[key] = setting.parse(text === undefined || text === '' ? setting.fallback : text)
    } catch (error) {
      if (!(error instanceof InvalidSetting)) throw error
      faults.push(`kass:${key} is ${text}: it ${error.message}`)
      values[key] = setting.parse(setting.fallback)
    }
  }
  for (const key of Object.keys(given)) if (!(key in stackSettings)) faults.push(`kass:${key} is not a setting`)
  const config = values as StackConfig
  faults.push(...refusals(config))
  if (faults.length > 0) throw new StackConfigError(about.stack, faults)
  return config
}
