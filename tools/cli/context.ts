import type { Command } from 'commander'
import { type Client, createClient } from './client.ts'
import { Failure } from './failure.ts'
import { printable, printableJson } from './printable.ts'

/** What every command gets: where to write, whom to call, and when to stop. */
export interface Context {
  /** Machine output only. */
  readonly json: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether progress can be drawn. */
  readonly terminal: boolean
  readonly signal: AbortSignal
  readonly client: Client
  /** Writes a line to standard output, for people. Control characters show and do nothing, here and below. */
  print(text: string): void
  /** The same without an end of the line. */
  write(text: string): void
  /** Writes to standard error, for people only: nothing with `--json`. */
  note(text: string): void
  /** Prints `data` with `--json`, else the lines for people. */
  result(data: unknown, lines: () => string[]): void
}

/** A command that commander has parsed: its arguments, options, and the context. */
export type Action = (context: Context, command: Command) => Promise<number | undefined>

export function createContext(options: {
  json: boolean
  env: Readonly<Record<string, string | undefined>>
  signal: AbortSignal
  stdout: NodeJS.WritableStream & { isTTY?: boolean }
  stderr: NodeJS.WritableStream & { isTTY?: boolean }
}): Context {
  const { json, env, signal, stdout, stderr } = options
  const given = env.KASS_URL || 'http://127.0.0.1:8080'
  if (!URL.canParse(given) || !/^https?:/.test(given)) {
    throw new Failure('usage', `KASS_URL must be an http or https URL, not "${given}".`, {}, 2)
  }
  const write = (text: string) => void stdout.write(printable(text))
  const print = (text: string) => write(`${text}\n`)
  return {
    json,
    env,
    signal,
    terminal: !json && stderr.isTTY === true,
    client: createClient({
      url: given.replace(/\/+$/, ''),
      apiKey: env.KASS_API_KEY || undefined,
      token: env.KASS_TOKEN || undefined,
    }),
    print,
    write,
    note: (text) => {
      if (!json) stderr.write(`${printable(text)}\n`)
    },
    result(data, lines) {
      if (json) stdout.write(`${printableJson(data)}\n`)
      else for (const line of lines()) print(line)
    },
  }
}

/** Columns as wide as their widest cell; the last one is not padded. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (all, row) => row.map((cell, index) => Math.max(all[index] ?? 0, cell.length)),
    [],
  )
  return rows.map((row) =>
    row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0))).join('  '),
  )
}

export function size(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}
