import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { test } from 'tap'
import { loadConfig, settings } from '../../shared/config.ts'
import { composeText, exampleEnv, readProject, variablesOf, withoutComments } from './compose/project.ts'

const fixture = join(import.meta.dirname, 'fixtures/compose-spec/compose-spec.json')
const project = readProject(exampleEnv)
const services = Object.entries(project.services)
/** Those that run our image. */
const ours = services.filter(([, { image }]) => image === exampleEnv.KASS_IMAGE)
/** Variables of the SDK, which are none of our settings. */
const credentials = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']

function compileSchema() {
  const { $schema: _, ...schema } = JSON.parse(readFileSync(fixture, 'utf8'))
  const ajv = new Ajv({ strict: false, allErrors: true })
  addFormats.default(ajv)
  // The schema names a format of Go that nobody else knows.
  ajv.addFormat('duration', /^(\d+(us|ms|s|m|h))+$/)
  return ajv.compile(schema)
}

test('the compose file holds to the schema of the compose specification', async (t) => {
  const validate = compileSchema()
  t.ok(validate(project), JSON.stringify(validate.errors, null, 2))
})

test('the schema would find a key that is misspelt and a condition that does not exist', async (t) => {
  const validate = compileSchema()
  t.notOk(validate({ services: { one: { image: 'one:1', helthcheck: {} } } }))
  t.notOk(validate({ services: { one: { image: 'one:1', depends_on: { two: { condition: 'service_well' } } } } }))
})

test('every variable has the same default in the compose file and in .env.example, and none is only in one', async (t) => {
  const found = variablesOf(withoutComments(composeText))
  t.same([...new Set(found.map(({ name }) => name))].sort(), Object.keys(exampleEnv).sort())
  for (const { name, fallback } of found) t.equal(fallback, exampleEnv[name], name)
})

test('what the service, the worker and provisioning are given is a whole configuration', async (t) => {
  t.ok(ours.length >= 4)
  for (const [name, { environment }] of ours) {
    if (environment === undefined) continue
    t.doesNotThrow(() => loadConfig(environment), name)
    const config = loadConfig(environment)
    t.equal(config.STORAGE, 'aws', name)
    t.equal(config.AUTH, 'keys', name)
    t.equal(environment.AWS_SECRET_ACCESS_KEY, 'test', `${name}: the only secret that presigned URLs are checked with`)
  }
  for (const name of ['service', 'worker', 'provision']) t.ok(project.services[name]?.environment, name)
})

test('a local model instead of Bedrock is a whole configuration, too', async (t) => {
  const local = readProject({ ...exampleEnv, CHAT_MODEL: 'openai-compatible', EMBEDDER: 'openai-compatible' })
  const environment = local.services.service?.environment ?? {}
  t.equal(loadConfig(environment).OPENAI_URL, 'http://model:11434/v1')
})

test('nothing is set that nobody reads', async (t) => {
  const known = new Set([...Object.keys(settings), ...credentials])
  for (const [name, { environment = {} }] of ours) {
    for (const key of Object.keys(environment)) t.ok(known.has(key), `${name}: ${key}`)
  }
})

test('every host name in an address is a service of the file, or this machine', async (t) => {
  let seen = 0
  for (const [name, { environment = {}, command = [], healthcheck }] of services) {
    const text = [...Object.values(environment), ...command, ...(healthcheck?.test ?? [])].join('\n')
    for (const [, host = '', port] of text.matchAll(/https?:\/\/([\w.-]+):(\d+)/g)) {
      seen++
      t.ok(host === '127.0.0.1' || host in project.services, `${name}: ${host}:${port}`)
      // A container's own address is no place to look for another container, but for its callers and its health check.
      if (host === '127.0.0.1') t.ok(healthcheck?.test?.join().includes(port ?? '') || port === exampleEnv.AWS_PORT)
    }
  }
  t.ok(seen > 10)
})

test('whoever is waited for is there, and whoever is waited for to be healthy says how that is found out', async (t) => {
  for (const [name, { depends_on = {} }] of services) {
    for (const [other, { condition }] of Object.entries(depends_on)) {
      const awaited = project.services[other]
      t.ok(awaited, `${name} -> ${other}`)
      if (condition === 'service_healthy') t.ok(awaited?.healthcheck?.test, `${other} has a health check`)
      t.notOk(awaited?.profiles && !project.services[name]?.profiles, `${name} does without the profile of ${other}`)
    }
  }
  const { depends_on = {} } = project.services.service ?? {}
  t.equal(depends_on.provision?.condition, 'service_completed_successfully')
})

test('ports are open on loopback only', async (t) => {
  const ports = services.flatMap(([, service]) => service.ports ?? [])
  t.ok(ports.length >= 4)
  for (const port of ports) t.match(port, /^127\.0\.0\.1:[\d-]+:\d+$/)
})

test('services and workers can be many: a range of ports, and no fixed names', async (t) => {
  const { service, worker } = project.services
  const [, from = 0, to = 0] = /:(\d+)-(\d+):8080$/.exec(service?.ports?.[0] ?? '') ?? []
  t.ok(Number(to) - Number(from) >= 2)
  t.same(worker?.ports ?? [], [])
  for (const [name, { container_name }] of services) t.equal(container_name, undefined, name)
})

test('images are pinned, and ours is built in one place', async (t) => {
  for (const [name, { image }] of services) {
    if (image !== exampleEnv.KASS_IMAGE) t.match(image, /:\d+\.\d+\.\d+(-[\w.-]+)?$/, name)
  }
  const built = services.filter(([, { build }]) => build)
  t.equal(built.length, 1)
  t.match(built[0]?.[1].build?.args.BASE, /^node:24\.\d+\.\d+-/)
  t.equal(project.services.aws?.image, 'localstack/localstack:4.14.0')
})

test('ours run without rights, on a read-only root, with a first process that passes signals on', async (t) => {
  for (const [name, service] of ours) {
    t.equal(service.user, undefined, `${name} keeps the image's user`)
    t.equal(service.read_only, true, name)
    t.equal(service.init, true, name)
    t.same(service.cap_drop, ['ALL'], name)
    t.same(service.security_opt, ['no-new-privileges:true'], name)
    t.match(service.tmpfs?.[0], /^\/tmp:/, name)
    t.equal(service.command?.[0], 'node', `${name}: neither npm nor a shell stands before Node`)
  }
})

test('presigned URLs are checked by the emulator', async (t) => {
  t.equal(project.services.aws?.environment?.S3_SKIP_SIGNATURE_VALIDATION, '0')
})

test('every named volume is declared, and every declared one is used', async (t) => {
  const used = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0]))
  t.same([...new Set(used)].sort(), Object.keys(project.volumes).sort())
})
