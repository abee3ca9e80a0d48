import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { test } from 'tap'

const at = (file: string) => JSON.stringify(pathToFileURL(join(import.meta.dirname, '../../..', file)).href)

/** Wires a configuration in a process of its own, and tells whether the library for tokens came in. */
const script = `
import { registerHooks } from 'node:module'
const loaded = []
registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
const { loadConfig } = await import(${at('config.ts')})
const { createLogger } = await import(${at('logger.ts')})
const { wire } = await import(${at('wire.ts')})
const { close } = await wire(loadConfig(process.env), { logger: createLogger({ level: 'silent', name: 'x' }), role: process.env.ROLE })
await close()
console.log(loaded.length > 10, loaded.some((url) => url.includes('aws-jwt-verify')))
`

test('the library for tokens is loaded by a service that takes tokens, and by nothing else', async (t) => {
  const oidc = {
    AUTH: 'oidc',
    OIDC_ISSUER: 'https://issuer.example',
    OIDC_AUDIENCE: 'kass',
    OIDC_DEFAULT_TENANT: 'main',
  }
  for (const [env, isLoaded] of [
    [{ ...oidc, ROLE: 'service' }, true],
    [{ ...oidc, ROLE: 'worker' }, false],
    [{ ...oidc, ROLE: 'tool' }, false],
    [{ AUTH: 'keys', ROLE: 'service' }, false],
  ] as const) {
    const options = { env: { PATH: process.env.PATH, KASS_DATA: t.testdir({}), ...env } }
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], options)
    t.equal(stdout.trim(), `true ${isLoaded}`, JSON.stringify(env))
  }
})
