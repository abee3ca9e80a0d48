import { flushCompileCache } from 'node:module'
import { ConfigError } from './config.ts'

/** A main that ends with this code can't be helped by starting it again (sysexits.h: EX_CONFIG). */
export const hopeless = 78

/**
 * Runs a main until it has started. What a person can put right ends the process with one sentence, anything else with
 * the whole error.
 */
export function runMain(main: () => Promise<void>): void {
  // Compiled code is kept now, since a process that is killed keeps nothing.
  main().then(flushCompileCache, (error: unknown) => {
    const known = explain(error)
    console.error(known?.message ?? error)
    process.exit(known?.code ?? 1)
  })
}

function explain(error: unknown): { message: string; code: number } | undefined {
  if (error instanceof ConfigError) return { message: error.message, code: 1 }
  if (!(error instanceof Error)) return undefined
  if (error.name === 'NewerSchema') return { message: error.message, code: hopeless }
  const system = 'code' in error ? error.code : undefined
  const port = 'port' in error ? error.port : ''
  switch (system) {
    case 'EADDRINUSE':
      return { message: `Port ${port} is taken by another program: set PORT to a free one, or to 0.`, code: hopeless }
    case 'EACCES':
    case 'EROFS':
      return { message: `This may not be done here: ${error.message}`, code: hopeless }
    default:
      return undefined
  }
}
