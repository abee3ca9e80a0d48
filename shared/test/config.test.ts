import { join } from 'node:path'
import { test } from 'tap'
import { ConfigError, loadConfig, settings } from '../config.ts'
import { isLoopback } from '../settings/loopback.ts'

test('an empty environment gives the defaults, and they contradict nothing', async (t) => {
  const config = loadConfig({})
  t.equal(config.HOST, '127.0.0.1')
  t.equal(config.PORT, 8080)
  t.equal(config.CHAT_MODEL, 'extractive')
  t.equal(config.EMBEDDER, 'none')
})

test('a data folder that is not absolute lies in the installation, wherever the caller stands', async (t) => {
  const installation = join(import.meta.dirname, '../..')
  const before = process.cwd()
  process.chdir(t.testdir())
  t.teardown(() => process.chdir(before))
  t.equal(loadConfig({}).KASS_DATA, join(installation, 'data'))
  t.equal(loadConfig({ KASS_DATA: 'other/data' }).KASS_DATA, join(installation, 'other/data'))
  t.equal(loadConfig({ KASS_DATA: '/srv/kass' }).KASS_DATA, '/srv/kass')
})

test('every fault of a configuration is named at once', async (t) => {
  const faulty = {
    PORT: '99999',
    AUTH: 'maybe',
    CHAT_MODEL: 'openai-compatible',
    WORKER_CONCURENCY: '3',
    LEASE_MS: '1.5',
  }
  try {
    loadConfig(faulty)
    t.fail('it should have been refused')
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    t.equal(error.faults.length, 6)
    for (const key of ['PORT', 'AUTH', 'OPENAI_URL', 'OPENAI_CHAT_MODEL', 'WORKER_CONCURENCY', 'LEASE_MS']) {
      t.ok(
        error.faults.some((fault) => fault.startsWith(key)),
        `${key} is named`,
      )
    }
  }
})

test('listening beyond this machine without keys is a fault', async (t) => {
  for (const HOST of ['0.0.0.0', '::', '192.0.2.1', 'kass.example'])
    t.throws(() => loadConfig({ HOST }), { name: 'ConfigError' })
  t.doesNotThrow(() => loadConfig({ HOST: '0.0.0.0', AUTH: 'keys' }))
  t.ok(isLoopback('127.8.9.10'))
})

test('a secret is not repeated in the faults', async (t) => {
  try {
    loadConfig({ OPENAI_API_KEY: 'top-secret-value', PORT: 'x' })
    t.fail('it should have been refused')
  } catch (error) {
    t.notMatch(String(error), /top-secret-value/)
  }
})

test('every setting explains itself and has a fallback that it accepts', async (t) => {
  for (const [key, setting] of Object.entries(settings)) {
    t.ok(setting.about.length > 10, key)
    t.doesNotThrow(() => setting.parse(setting.fallback), key)
  }
})

test('variables of other programs are none of our business, and a setting with a slip of the pen is', async (t) => {
  t.doesNotThrow(() =>
    loadConfig({ WORKER_ID: '7', SEARCH_ENGINE: 'x', OPENAI_BASE_URL: 'y', PATH: '/bin', PORTS: '1' }),
  )
  for (const key of ['LEASE_MSS', 'CHAT_MODE', 'SEARCH_DEBTH', 'KASS_DTAA']) {
    t.throws(() => loadConfig({ [key]: '1' }), { name: 'ConfigError' }, key)
  }
})
