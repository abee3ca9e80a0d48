import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import type { Diagnosis } from '../ports/diagnosis.ts'

/**
 * What the storage of a configuration can be asked, part by part, without opening it as a whole: one part that is broken
 * must not keep the others from being looked at.
 */
export async function wireDiagnosis(config: Config, logger: Logger): Promise<Diagnosis> {
  if (config.STORAGE === 'aws') {
    const { diagnoseAws } = await import('./diagnosis-aws.ts')
    return diagnoseAws(config, logger)
  }
  const { diagnoseEmbedded } = await import('./diagnosis-embedded.ts')
  return diagnoseEmbedded(config)
}
