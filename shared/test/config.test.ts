import { join } from 'node:path'
import { test } from 'tap'
import { ConfigError, loadConfig, secretsOf, settings } from '../config.ts'
import { isTenant } from '../documents/identity.ts'
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

const oidc = {
  AUTH: 'oidc',
  OIDC_ISSUER: 'https://issuer.example/',
  OIDC_AUDIENCE: 'kass',
  OIDC_DEFAULT_TENANT: 'main',
}

/** What is at fault, by the first word of each fault. */
function faultsOf(env: Record<string, string>): string[] {
  try {
    loadConfig(env)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.faults.map((fault) => /^\w+/.exec(fault)?.[0] ?? fault)
  }
}

test('tokens need an issuer, an audience and a tenant, and the issuer stays as it was written', async (t) => {
  t.equal(loadConfig(oidc).OIDC_ISSUER, 'https://issuer.example/')
  t.same(loadConfig({ ...oidc, OIDC_AUDIENCE: 'a, b  c' }).OIDC_AUDIENCE, ['a', 'b', 'c'])
  t.same(faultsOf({ AUTH: 'oidc' }), ['OIDC_ISSUER', 'OIDC_AUDIENCE', 'OIDC_TENANT_CLAIM'])
  t.same(faultsOf({ OIDC_ISSUER: 'https://issuer.example' }), [], 'unless tokens are taken nothing is needed')
  t.same(faultsOf({ ...oidc, HOST: '0.0.0.0' }), [])
})

test('what would let in more than was meant is a fault', async (t) => {
  for (const [more, fault] of [
    [{ OIDC_ISSUER: 'http://issuer.example' }, 'OIDC_ISSUER'],
    [{ OIDC_JWKS_URL: 'http://192.0.2.1/jwks' }, 'OIDC_JWKS_URL'],
    [{ OIDC_ISSUER: 'https://issuer.example/?x' }, 'OIDC_ISSUER'],
    [{ OIDC_ALGORITHMS: 'RS256 HS256' }, 'OIDC_ALGORITHMS'],
    [{ OIDC_ALGORITHMS: 'none' }, 'OIDC_ALGORITHMS'],
    [{ OIDC_ALGORITHMS: ',' }, 'OIDC_ALGORITHMS'],
    [{ OIDC_DEFAULT_TENANT: 'No Tenant' }, 'OIDC_DEFAULT_TENANT'],
    [{ OIDC_DEFAULT_SCOPES: 'chat everything' }, 'OIDC_DEFAULT_SCOPES'],
    [{ OIDC_SCOPES_MAP: '{"Editors": ["write"]}' }, 'OIDC_SCOPES_MAP'],
    [{ OIDC_SCOPES_MAP: '{"Editors": "chat"}' }, 'OIDC_SCOPES_MAP'],
    [{ OIDC_SCOPES_MAP: 'Editors=chat' }, 'OIDC_SCOPES_MAP'],
    [{ OIDC_JWKS_REFRESH_MS: '60000', OIDC_JWKS_MAX_AGE_MS: '30000' }, 'OIDC_JWKS_REFRESH_MS'],
    [{ OIDC_JWKS_REFRESH_MS: '1000', OIDC_JWKS_COOLDOWN_MS: '2000' }, 'OIDC_JWKS_COOLDOWN_MS'],
  ] as const) {
    t.ok(faultsOf({ ...oidc, ...more }).includes(fault), JSON.stringify(more))
  }
  for (const host of ['127.0.0.1:8000', 'localhost', '[::1]:8000']) {
    t.same(faultsOf({ ...oidc, OIDC_ISSUER: `http://${host}` }), [], host)
  }
  const { OIDC_SCOPES_MAP } = loadConfig({ ...oidc, OIDC_SCOPES_MAP: '{"Editors": ["chat", "documents:write"]}' })
  t.same([...OIDC_SCOPES_MAP], [['Editors', ['chat', 'documents:write']]])
})

test('a default tenant is one that documents may have', async (t) => {
  for (const OIDC_DEFAULT_TENANT of ['a', 'a-1', 'x'.repeat(63)]) {
    t.same(faultsOf({ ...oidc, OIDC_DEFAULT_TENANT }), [])
    t.ok(isTenant(OIDC_DEFAULT_TENANT))
  }
  for (const OIDC_DEFAULT_TENANT of ['A', 'a_b', 'x'.repeat(64), 'ü']) {
    t.ok(faultsOf({ ...oidc, OIDC_DEFAULT_TENANT }).includes('OIDC_DEFAULT_TENANT'))
    t.notOk(isTenant(OIDC_DEFAULT_TENANT))
  }
})

test('where metrics go is a list, and what the worker says of them stays on this machine unless that is meant', async (t) => {
  t.same(loadConfig({}).METRICS, [])
  t.same(loadConfig({ METRICS: 'emf, prometheus' }).METRICS, ['prometheus', 'emf'])
  for (const METRICS of ['none,otlp', 'statsd', 'otlp,'])
    t.throws(() => loadConfig({ METRICS }), { name: 'ConfigError' })
  const everywhere = { METRICS: 'prometheus', WORKER_METRICS_HOST: '0.0.0.0' }
  t.throws(() => loadConfig(everywhere), { message: /WORKER_METRICS_HOST=0\.0\.0\.0 .*METRICS_ACCESS=open/ })
  t.doesNotThrow(() => loadConfig({ ...everywhere, METRICS_ACCESS: 'open' }))
  t.doesNotThrow(() => loadConfig({ ...everywhere, METRICS: 'emf' }))
})

test('a share is a number from 0 to 1, and headers are pairs whose values stay secret', async (t) => {
  for (const [TRACES_RATIO, ratio] of [
    ['0', 0],
    ['.25', 0.25],
    ['1', 1],
  ] as const)
    t.equal(loadConfig({ TRACES_RATIO }).TRACES_RATIO, ratio)
  for (const TRACES_RATIO of ['2', '-1', '10%', '1e-1']) t.throws(() => loadConfig({ TRACES_RATIO }))
  const config = loadConfig({ OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc, x-team=kass' })
  t.same(config.OTEL_EXPORTER_OTLP_HEADERS, { authorization: 'Bearer abc', 'x-team': 'kass' })
  t.ok(secretsOf(config).includes('Bearer abc'), 'the log is told to hide them')
  t.throws(() => loadConfig({ OTEL_EXPORTER_OTLP_HEADERS: 'nonsense' }), { message: /^(?!.*nonsense)/s })
})
