import { join, resolve } from 'node:path'
import { awsSettings } from './settings/aws.ts'
import { bedrockSettings } from './settings/bedrock.ts'
import { contradictions } from './settings/contradictions.ts'
import { coreSettings } from './settings/core.ts'
import { Invalid, type Setting } from './settings/kinds.ts'
import { oidcSettings } from './settings/oidc.ts'
import { opensearchSettings } from './settings/opensearch.ts'
import { retentionSettings } from './settings/retention.ts'
import { telemetrySettings } from './settings/telemetry.ts'

/** The one table of settings. `kass config` prints it; nothing else reads the environment. */
export const settings = {
  ...coreSettings,
  ...oidcSettings,
  ...awsSettings,
  ...opensearchSettings,
  ...bedrockSettings,
  ...telemetrySettings,
  ...retentionSettings,
} as const satisfies Record<string, Setting<unknown>>

export type SettingKey = keyof typeof settings
export type Config = Readonly<{ [K in SettingKey]: ReturnType<(typeof settings)[K]['parse']> }>

/** Everything that is wrong with a configuration, at once. */
export class ConfigError extends Error {
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length} fault${faults.length === 1 ? '' : 's'}:\n${faults.map((f) => `  - ${f}`).join('\n')}`,
    )
    this.name = 'ConfigError'
    this.faults = faults
  }
}

/** Read by the command line, not by the servers. */
const clientKeys = new Set(['KASS_URL', 'KASS_API_KEY', 'KASS_TOKEN'])
/** A folder that is not absolute lies in here, wherever the command that reads it is called. */
const installation = join(import.meta.dirname, '..')
/** What tests say to each other. */
const testKeys = /^KASS_(TEST|E2E|RECORD)_/
/** Shorter names are too likely to be those of other programs. */
const shortestTypo = 8

/** Whether one letter too many, too few or another one turns `a` into `b`. */
function oneLetterApart(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1) return false
  let same = 0
  while (same < a.length && a[same] === b[same]) same++
  const [restA, restB] = [a.slice(same), b.slice(same)]
  return restA.slice(1) === restB.slice(1) || restA.slice(1) === restB || restA === restB.slice(1)
}

/** The setting that somebody probably meant; undefined for what is none of ours. */
function misspelt(key: string): string | undefined {
  if (key in settings || clientKeys.has(key) || testKeys.test(key)) return undefined
  const meant = Object.keys(settings).find((known) => known.length >= shortestTypo && oneLetterApart(key, known))
  if (meant !== undefined) return `${key} is not a setting; is ${meant} meant?`
  return key.startsWith('KASS_') ? `${key} is not a setting; "kass config" lists them` : undefined
}

/**
 * Reads the settings from an environment. Values that are empty count as not set.
 * @throws ConfigError naming every fault at once: wrong values, contradictions, and settings that do not exist
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const faults: string[] = []
  const values: Record<string, unknown> = {}
  for (const [key, setting] of Object.entries<Setting<unknown>>(settings)) {
    const given = env[key]
    try {
      values[key] = setting.parse(given === undefined || given === '' ? setting.fallback : given)
    } catch (error) {
      if (!(error instanceof Invalid)) throw error
      faults.push(`${key}=${setting.secret ? '…' : given} ${error.message}`)
      values[key] = setting.parse(setting.fallback)
    }
  }
  for (const key of Object.keys(env)) {
    const fault = misspelt(key)
    if (fault !== undefined) faults.push(fault)
  }
  const config = values as Config
  faults.push(...contradictions(config))
  if (faults.length > 0) throw new ConfigError(faults)
  return { ...config, KASS_DATA: resolve(installation, config.KASS_DATA) }
}

/** The secrets of a configuration, by their values. */
export function secretsOf(config: Config): string[] {
  const secrets: string[] = []
  for (const [key, setting] of Object.entries<Setting<unknown>>(settings)) {
    const value: unknown = Reflect.get(config, key)
    if (setting.secret !== true) continue
    if (typeof value === 'string' && value !== '') secrets.push(value)
    if (typeof value === 'object' && value !== null) secrets.push(...Object.values(value).map(String))
  }
  return secrets
}

/** How passages are cut, in one word that goes into the fingerprint. */
export function chunkingId(config: Config): string {
  return `${config.CHUNK_TOKENS}/${config.CHUNK_OVERLAP}`
}
