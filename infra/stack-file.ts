import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { loadStackConfig, type StackConfig } from './config.ts'

export const stacks = ['dev', 'staging', 'prod'] as const

/**
 * The configuration that a stack's file deploys, without Pulumi: for the cost command, the documents and the tests.
 * @throws StackConfigError naming every fault
 */
export function readStackFile(stack: string, folder = join(import.meta.dirname, '..')): StackConfig {
  const file: unknown = parse(readFileSync(join(folder, `Pulumi.${stack}.yaml`), 'utf8'))
  const given = isRecord(file) && isRecord(file.config) ? file.config : {}
  const own = Object.entries(given).filter(([key]) => key.startsWith('kass:'))
  return loadStackConfig(
    { stack, region: String(given['aws:region'] ?? '') },
    Object.fromEntries(own.map(([key, value]) => [key.slice('kass:'.length), String(value)])),
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
