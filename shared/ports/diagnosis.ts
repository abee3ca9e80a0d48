/** One thing that was looked at. `action` says what to do about it, and is there unless all is well. */
export interface Finding {
  state: 'ok' | 'warning' | 'problem'
  message: string
  action?: string
}

/** Looks at one part. What it throws is a problem, too; whoever runs it gives it its time. */
export interface DiagnosticCheck {
  name: string
  /** @throws whatever the part throws that nobody foresaw */
  run(signal: AbortSignal): Promise<Finding[]>
}

/** What the storage of a configuration can be asked before anything is opened by it. */
export interface Diagnosis {
  checks: DiagnosticCheck[]
  /** Services that say in their answers what time it is. */
  clocks: readonly { name: string; url: string }[]
  /** Why the storage must not be opened, where that would make or change something; undefined when it may be. */
  whyClosed(): Promise<string | undefined>
  /** Gives back what the checks hold. */
  close(): void
}

export const ok = (message: string): Finding => ({ state: 'ok', message })
export const warning = (message: string, action: string): Finding => ({ state: 'warning', message, action })
export const problem = (message: string, action: string): Finding => ({ state: 'problem', message, action })
