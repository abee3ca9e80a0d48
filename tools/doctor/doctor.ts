import { type Config, ConfigError, loadConfig } from '../../shared/config.ts'
import { createLogger } from '../../shared/logger.ts'
import { type Diagnosis, type DiagnosticCheck, type Finding, ok, problem } from '../../shared/ports/diagnosis.ts'
import { awsOptions } from '../../shared/wire/aws-options.ts'
import { wireDiagnosis } from '../../shared/wire/diagnosis.ts'
import { wireModels } from '../../shared/wire/models.ts'
import { canaryCheck } from './canary.ts'
import { clockCheck } from './clock.ts'
import { type Examined, examine, worst } from './examine.ts'
import { modelChecks } from './models.ts'

export interface DoctorReport {
  ok: boolean
  state: Finding['state']
  checks: Examined[]
}

export interface DoctorOptions {
  env: Readonly<Record<string, string | undefined>>
  /** How long each check may take. */
  patienceMs: number
  /** How long the canary is waited for at each of its stations; as long as everything else when left out. */
  canaryMs?: number
  stop: AbortSignal
  /** Told of each check as soon as it is done. */
  tell?: (done: Examined) => void
}

/** How long a check that is stopped may take to put things away. */
const graceMs = 15_000
/** The canary's stations, and the time to remove it. */
const canaryWaits = 4

/** Looks at every part of the installation that the environment's settings name. What is broken stops nothing else. */
export async function examineAll(options: DoctorOptions): Promise<DoctorReport> {
  const { env, patienceMs, canaryMs = patienceMs, stop, tell = () => {} } = options
  const told = async (check: DiagnosticCheck, limitMs = patienceMs) => {
    const done = await examine(check, { limitMs, graceMs: check.name === 'canary' ? graceMs : 0, stop })
    tell(done)
    return done
  }
  const { config, faults } = read(env)
  const configuration = await told({ name: 'configuration', run: async () => faults ?? [ok('the settings are valid')] })
  if (!config) return reportOf([configuration])

  const logger = createLogger({ level: 'silent', name: 'kass' })
  const diagnosis = await wireDiagnosis(config, logger)
  const models = lazily(() => wireModels(config, { logger, role: 'tool' }))
  const { whyClosed } = diagnosis
  try {
    const checks = [
      ...diagnosis.checks,
      ...modelChecks(config, async () => (await models.get()).ports),
      clockCheck([...diagnosis.clocks, ...modelClocks(config)]),
    ]
    const [canary, ...others] = await Promise.all([
      told(canaryCheck({ config, logger, patienceMs: canaryMs, whyClosed }), canaryWaits * canaryMs + patienceMs),
      ...checks.map((check) => told(check)),
    ])
    return reportOf([configuration, ...others, canary])
  } finally {
    diagnosis.close()
    await models.close()
  }
}

function reportOf(checks: Examined[]): DoctorReport {
  const state = worst(checks)
  return { ok: state !== 'problem', state, checks }
}

function read(env: DoctorOptions['env']): { config?: Config; faults?: Finding[] } {
  try {
    return { config: loadConfig(env) }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const action = 'Mend the setting (kass config prints all of them); nothing else was looked at.'
    return { faults: error.faults.map((fault) => problem(fault, action)) }
  }
}

function modelClocks(config: Config): Diagnosis['clocks'] {
  const used = [config.CHAT_MODEL, config.EMBEDDER, config.RERANKER]
  if (!used.includes('bedrock')) return []
  const bedrock = awsOptions(config, 'BEDROCK_RUNTIME').endpoint
  return [{ name: 'Bedrock', url: bedrock ?? `https://bedrock-runtime.${config.AWS_REGION}.amazonaws.com` }]
}

/** Made when it is first needed, and closed if it was. */
function lazily<T extends { close(): Promise<void> }>(make: () => Promise<T>) {
  let made: Promise<T> | undefined
  return {
    get() {
      made ??= make()
      return made
    },
    async close() {
      await (await made)?.close()
    },
  }
}
