/** Makes the resources of a KASS on AWS, all its own, and prints the settings that name them, as JSON. */
import { loadConfig } from '../../shared/config.ts'
import { createLogger } from '../../shared/logger.ts'
import { provision } from '../../tools/provision.ts'
import { freshResources } from './resources.ts'

const { KASS_TEST_DIALECT, KASS_TEST_VISIBILITY_MS } = process.env
const settings = freshResources({
  dialect: KASS_TEST_DIALECT === 'serverless' ? 'serverless' : 'domain',
  ...(KASS_TEST_VISIBILITY_MS && { visibilityMs: Number(KASS_TEST_VISIBILITY_MS) }),
})
await provision(loadConfig(settings), { logger: createLogger({ level: 'error', name: 'provision' }) })
process.stdout.write(`${JSON.stringify(settings)}\n`)
