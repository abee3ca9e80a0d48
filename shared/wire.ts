import type { Config } from './config.ts'
import type { Ports } from './ports/ports.ts'
import { wireModels } from './wire/models.ts'
import type { Wired, WireOptions } from './wire/types.ts'

/**
 * Configuration to ports: the only place that chooses adapters. What a configuration does not use is not even loaded:
 * it would cost each process memory and time at its start.
 * @throws NewerSchema when the data folder was written by a newer release
 */
export async function wire(config: Config, options: WireOptions): Promise<Wired> {
  const storage = await openStorage(config, options)
  const models = await wireModels(config, options)
  const ports: Ports = { ...storage.ports, ...models.ports, ...(await openTokens(config, options)) }
  return {
    ports,
    async close() {
      await models.close()
      await storage.close()
    },
  }
}

async function openTokens(config: Config, { role, logger, clock }: WireOptions): Promise<Pick<Ports, 'tokens'>> {
  if (config.AUTH !== 'oidc' || role !== 'service') return {}
  const { wireOidc } = await import('./wire/oidc.ts')
  return { tokens: wireOidc(config, { logger, clock }) }
}

async function openStorage(config: Config, options: WireOptions) {
  if (config.STORAGE === 'aws') {
    const { wireAws } = await import('./wire/aws.ts')
    return wireAws(config, options)
  }
  const { wireEmbedded } = await import('./wire/embedded.ts')
  return wireEmbedded(config, options)
}
