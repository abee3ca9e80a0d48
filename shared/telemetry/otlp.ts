/** Where telemetry goes by OTLP over HTTP, and who says it. */
export interface OtlpOptions {
  /** Base URL; `/v1/traces` and `/v1/metrics` are below it. */
  endpoint: string
  headers: Readonly<Record<string, string>>
  resource: Readonly<Record<string, string>>
  /** How long something may wait for more of its kind before it is sent. */
  delayMs: number
  /** Told of every sending that failed, and with nothing of one that succeeded. */
  onOutcome(error?: unknown): void
}
