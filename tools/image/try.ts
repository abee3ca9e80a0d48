/**
 * `node tools/image/try.ts ROOT IMAGE.json VOLUME`: runs the commands of a built image as the image says, as its user and
 * with a read-only root, and uses them. Prints a line a check, and `N passed, N failed` at the end. Needs root.
 */
import { chownSync, mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { type Container, type ImageConfig, startContainer } from './container.ts'

const [root, imageFile, volume] = process.argv.slice(2)
if (root === undefined || imageFile === undefined || volume === undefined) {
  throw new Error('usage: node tools/image/try.ts ROOT IMAGE.json VOLUME')
}
const config: ImageConfig = JSON.parse(readFileSync(imageFile, 'utf8')).Docker.config
const limitMs = 60_000
let passed = 0
let failed = 0

function check(what: string, found: unknown, wanted: unknown, about = ''): void {
  const ok = isDeepStrictEqual(found, wanted)
  if (ok) passed++
  else failed++
  console.log(`${ok ? 'ok    ' : 'not ok'} ${what}`)
  if (!ok) console.log(`       wanted ${JSON.stringify(wanted)}, found ${JSON.stringify(found)}\n${about}`)
}

/** Tries until `attempt` gives what is wanted. @returns what it gave last */
async function until<T>(attempt: () => Promise<T>, wanted: (value: T) => boolean): Promise<T> {
  const deadline = Date.now() + limitMs
  for (;;) {
    const value = await attempt()
    if (wanted(value) || Date.now() > deadline) return value
    await wait(50)
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (typeof address !== 'object' || address === null) throw new Error('no port was given')
  return address.port
}

/** Who a process is (proc(5), `status`) and whether its root may be written to (`mountinfo`). */
function confinement({ pid }: Container) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(status)?.[1]?.replaceAll('\t', ' ')
  const rootMount = readFileSync(`/proc/${pid}/mountinfo`, 'utf8')
    .split('\n')
    .findLast((line) => line.split(' ')[4] === '/')
  return {
    uid: field('Uid'),
    groups: field('Groups')?.trim(),
    capabilities: field('CapEff'),
    noNewPrivileges: field('NoNewPrivs'),
    inNamespace: field('NSpid')?.split(' ').at(-1),
    root: rootMount?.split(' ')[5]?.split(',')[0],
  }
}

const confined = {
  uid: '10001 10001 10001 10001',
  groups: '',
  capabilities: '0000000000000000',
  noNewPrivileges: '1',
  inNamespace: '1',
  root: 'ro',
}

/** Not the mains, which would run. */
const loadAll = `
  import { globSync } from 'node:fs'
  const mains = /^(service\\/server|worker\\/main|tools\\/(kass|healthcheck))\\.ts$|-thread\\.ts$/
  const modules = globSync('{shared,service,worker,tools}/**/*.ts').filter((file) => !mains.test(file))
  for (const file of modules) await import('/app/' + file)
  process.exit(modules.length > 100 ? 0 : 1)`

const health = config.Healthcheck.Test.slice(1)
const healthOf = (container: Container) =>
  until(
    () => container.run(health),
    ({ code }) => code === 0,
  )

async function status(url: string, init?: RequestInit): Promise<number> {
  try {
    const answer = await fetch(url, init)
    await answer.body?.cancel()
    return answer.status
  } catch {
    return 0
  }
}

async function useBoth(url: string, service: Container): Promise<void> {
  const made = await service.run(['./kass', '--json', 'keys', 'create', '--name', 'trial'])
  check('the command line in the image makes a key', made.code, 0, made.output)
  const headers = { 'x-api-key': String(JSON.parse(made.output.split('\n')[0] ?? '').key) }
  const form = new FormData()
  form.set('file', new Blob(['name;city\nWestwind Castings;Galway\n']), 'suppliers.csv')
  check('the API takes a document', await status(`${url}/documents`, { method: 'POST', headers, body: form }), 202)
  const json = { ...headers, 'content-type': 'application/json' }
  const search = async () => {
    const body = JSON.stringify({ query: 'Westwind Castings' })
    const answer = await fetch(`${url}/search`, { method: 'POST', headers: json, body })
    return Number(Reflect.get(Object(await answer.json()), 'count'))
  }
  check('the worker reads it, and it is found', await until(search, (count) => count > 0), 1)
}

mkdirSync(volume, { recursive: true })
const [uid = 0, gid = 0] = config.User.split(':').map(Number)
chownSync(volume, uid, gid)
const env = { HOST: '127.0.0.1', PORT: String(await freePort()) }
const url = `http://${env.HOST}:${env.PORT}`
const start = (command: readonly string[]) => startContainer({ root, config, volume, command, env })

const started: Record<string, Container> = {}
try {
  const service = await start(config.Cmd)
  started.API = service
  const worker = await start(['node', 'worker/main.ts'])
  started.worker = worker
  check(
    'the API answers GET /health',
    await until(
      () => status(`${url}/health`),
      (code) => code === 200,
    ),
    200,
    service.output(),
  )
  for (const [name, container] of Object.entries(started)) {
    const { code, output } = await healthOf(container)
    check(`the image's health check says that the ${name} is well`, code, 0, output + container.output())
    check(`the ${name} has no rights, and its root is read-only`, confinement(container), confined)
  }
  await useBoth(url, service)
  const loaded = await service.run(['node', '--input-type=module', '-e', loadAll])
  check('every module of the image can be loaded', loaded.code, 0, loaded.output)
  const refused = await service.run(['node', 'tools/provision.ts'])
  check('provisioning runs, and refuses a configuration that names no AWS', refused.code, 1, refused.output)
  check('it says why', /STORAGE=aws/.test(refused.output), true, refused.output)
} finally {
  for (const [name, container] of Object.entries(started)) {
    check(`SIGTERM ends the ${name} with 0`, await container.stop(), 0, container.output())
  }
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
