import { test } from 'tap'
import { loadConfig } from '../../shared/config.ts'
import { traceKey } from '../../shared/documents/trace-key.ts'
import { createLogger } from '../../shared/logger.ts'
import { wire } from '../../shared/wire.ts'
import { provision } from '../../tools/provision.ts'
import { eventually } from '../e2e/server.ts'
import { freshResources } from '../stack/resources.ts'
import { startTwoMains } from '../stack/two-mains.ts'

const logger = createLogger({ level: 'silent', name: 'test' })
const day = 86_400_000

test('what the settings keep no longer goes by itself, with a worker of its own process', async (t) => {
  const settings = {
    ...freshResources(),
    SWEEP_EVERY_MS: '300',
    LEASE_MS: '500',
    RETAIN_CONVERSATIONS_DAYS: '30',
    RETAIN_TRACES_DAYS: '30',
    RETAIN_FEEDBACK_DAYS: '10',
  }
  await provision(loadConfig(settings), { logger })
  const { ports, close } = await wire(loadConfig(settings), { logger, role: 'tool' })
  t.teardown(close)
  const ada = { tenant: 'default', subject: 'ada' }
  const ages = { old: 31, used: 31, young: 1 }
  for (const [id, age] of Object.entries(ages)) {
    const about = { role: 'assistant' as const, content: id, sources: [], citations: [] }
    const at = Date.now() - age * day
    await ports.conversations.append(ada, id, { ...about, id: `m-${id}`, createdAt: at })
    await ports.conversations.rate(ada, `m-${id}`, { rating: 'up', at })
    await ports.derived.put(traceKey(`m-${id}`), '{}')
    if (id === 'used') await ports.conversations.append(ada, id, { ...about, id: 'again', createdAt: Date.now() })
  }
  const mains = await startTwoMains(settings)
  t.teardown(() => mains.stop())
  await eventually('the old conversation to be gone', async () =>
    (await ports.conversations.get(ada, 'old')) === undefined ? true : undefined,
  )
  await eventually('its trace to be gone', async () =>
    (await ports.derived.get(traceKey('m-old'))) === undefined ? true : undefined,
  )
  for (const id of ['used', 'young']) {
    t.ok(await ports.conversations.get(ada, id), id)
    t.ok(await ports.derived.get(traceKey(`m-${id}`)), id)
  }
  const { items } = await ports.conversations.rated('default', { limit: 10 })
  t.strictSame(
    items.map(({ id }) => id),
    ['m-young'],
    'feedback of 31 days is over',
  )
})
