import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { parse } from 'yaml'

const root = join(import.meta.dirname, '../../..')

/** What the tests look at of a service; the rest is the schema's business. */
export interface ComposeService {
  image: string
  build?: { args: Record<string, string> }
  command?: string[]
  environment?: Record<string, string>
  ports?: string[]
  volumes?: string[]
  tmpfs?: string[]
  depends_on?: Record<string, { condition: string }>
  healthcheck?: { test?: string[]; disable?: boolean }
  profiles?: string[]
  user?: string
  init?: boolean
  read_only?: boolean
  cap_drop?: string[]
  security_opt?: string[]
  container_name?: string
}

export interface ComposeProject {
  services: Record<string, ComposeService>
  volumes: Record<string, unknown>
}

export const composeText = readFileSync(join(root, 'docker-compose.yml'), 'utf8')
export const exampleEnv: Readonly<Record<string, string | undefined>> = parseEnv(
  readFileSync(join(root, '.env.example'), 'utf8'),
)

/** The variables of a compose file with their defaults. Only `${NAME:-default}` is written there, and `$$` for a `$`. */
export function variablesOf(text: string): { name: string; fallback: string }[] {
  return [...text.matchAll(/\$\$|\$\{(\w+):-([^}]*)\}|\$[^\s]*/g)].flatMap(([whole, name, fallback]) => {
    if (whole === '$$') return []
    if (name === undefined || fallback === undefined) throw new Error(`"${whole}" is not of the form \${NAME:-default}`)
    return [{ name, fallback }]
  })
}

/** The file as compose sees it with these variables (compose-spec, 12-interpolation.md). */
export function readProject(env: Readonly<Record<string, string | undefined>> = {}): ComposeProject {
  return parse(interpolate(withoutComments(composeText), env), { merge: true })
}

export function interpolate(text: string, env: Readonly<Record<string, string | undefined>>): string {
  return text.replace(/\$\$|\$\{(\w+):-([^}]*)\}/g, (whole, name: string, fallback: string) =>
    whole === '$$' ? '$' : env[name] || fallback,
  )
}

/** Compose interpolates values only. */
export const withoutComments = (text: string) => text.replace(/^\s*#.*$/gm, '')
