import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Test, test } from 'tap'
import { loadConfig } from '../../shared/config.ts'
import { freePort } from '../../tools/stack/free-port.ts'
import { exampleEnv, readProject } from '../../tools/test/compose/project.ts'
import { removeResources } from '../../tools/test/compose/remove-resources.ts'
import { endpoints, uniqueName } from '../stack/endpoints.ts'

/** What docker-compose.yml says, run without containers: its commands and its settings, at the addresses of this run. */

const root = join(import.meta.dirname, '../..')
const { services } = readProject(exampleEnv)
const facts = 'Supplier;City;Lead time\nWestwind Castings;Galway;63 days\nHarbour Metals;Esbjerg;41 days\n'

interface Running {
  process: ChildProcess
  output(): string
  /** The exit code, after SIGTERM. */
  stop(): Promise<number | null>
}

function run(t: Test, command: readonly string[], env: Record<string, string>): Running {
  const [, ...args] = command
  const child = spawn(process.execPath, args, { cwd: root, env: { PATH: process.env.PATH, ...env } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  const ended = once(child, 'exit')
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    await ended
    return child.exitCode
  }
  t.teardown(stop)
  return { process: child, output: () => output, stop }
}

async function finish(t: Test, command: readonly string[], env: Record<string, string>) {
  const running = run(t, command, env)
  await once(running.process, 'exit')
  return { code: running.process.exitCode, output: running.output() }
}

/** The health check of a service, as an engine repeats it until it holds. */
async function untilHealthy(t: Test, of: Running, check: readonly string[], env: Record<string, string>) {
  for (;;) {
    const { code } = await finish(t, check, env)
    if (code === 0) return
    if (of.process.exitCode !== null) throw new Error(of.output())
    await wait(200)
  }
}

test('the commands and settings of the compose file make a stack that answers, provisioned and started twice', async (t) => {
  const bedrockPort = await freePort()
  const name = uniqueName('compose')
  const folder = t.testdir()
  const here = (text: string) =>
    text
      .replaceAll('http://aws:4566', endpoints.aws)
      .replaceAll('http://opensearch:9200', endpoints.opensearch)
      .replaceAll('http://bedrock:4570', `http://127.0.0.1:${bedrockPort}`)
      .replaceAll('4570', String(bedrockPort))
      .replaceAll('0.0.0.0', '127.0.0.1')
      .replaceAll('/data/', `${folder}/`)
  const commandOf = (service: string) => (services[service]?.command ?? []).map(here)
  const envOf = (service: string, more: Record<string, string> = {}): Record<string, string> => {
    const given = Object.entries(services[service]?.environment ?? {})
    // Names of its own, so that nobody else is met there.
    const own = given.map(([key, value]) => [key, here(value).replace(/(^|\/)kass-/, `$1${name}-`)])
    return { ...Object.fromEntries(own), OPENSEARCH_INDEX: name, S3_PUBLIC_URL: endpoints.aws, ...more }
  }
  const imageCheck = ['node', 'tools/healthcheck.ts']

  const bedrock = run(t, commandOf('bedrock'), {})
  await untilHealthy(t, bedrock, services.bedrock?.healthcheck?.test?.slice(1).map(here) ?? [], {})

  const config = loadConfig(envOf('provision'))
  t.teardown(() => removeResources(config))
  const first = await finish(t, commandOf('provision'), envOf('provision'))
  t.equal(first.code, 0, 'provisioning ends well', { output: first.output })
  const key = readFileSync(`${folder}/development-key`, 'utf8').trim()
  t.ok(first.output.includes(key), 'it prints the key that it made')
  const again = await finish(t, commandOf('provision'), envOf('provision'))
  t.equal(again.code, 0, 'and does so again', { output: again.output })
  t.notMatch(again.output, /kass_[a-z0-9]+_/, 'there is no second key, and the first is not repeated')
  t.match(again.output, join(folder, 'development-key'))

  const worker = run(t, commandOf('worker'), envOf('worker', { HEARTBEAT_FILE: `${folder}/heartbeat` }))
  const running = [worker]
  const urls: string[] = []
  for (const PORT of [String(await freePort()), String(await freePort())]) {
    const env = envOf('service', { PORT })
    const service = run(t, commandOf('service'), env)
    await untilHealthy(t, service, imageCheck, env)
    running.push(service)
    urls.push(`http://127.0.0.1:${PORT}`)
  }
  await untilHealthy(t, worker, imageCheck, envOf('worker', { HEARTBEAT_FILE: `${folder}/heartbeat` }))

  const [one, other] = urls
  const form = new FormData()
  form.set('file', new Blob([facts]), 'suppliers.csv')
  const headers = { 'x-api-key': key }
  const taken = await fetch(`${one}/documents`, { method: 'POST', headers, body: form })
  t.equal(taken.status, 202)
  const { id }: { id: string } = JSON.parse(await taken.text())
  for (;;) {
    const record: { status: string } = JSON.parse(await (await fetch(`${other}/documents/${id}`, { headers })).text())
    if (record.status === 'ready') break
    if (record.status === 'failed') throw new Error(JSON.stringify(record))
    await wait(100)
  }
  const answer = await fetch(`${other}/chat`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ message: 'What is the lead time of Westwind Castings?' }),
  })
  const said: { answer: string; citations: { document_id: string }[] } = JSON.parse(await answer.text())
  t.match(said.answer, /63 days/)
  t.equal(said.citations[0]?.document_id, id)
  t.equal((await fetch(`${one}/documents`)).status, 401, 'nobody is let in without the key')

  for (const process of [...running, bedrock])
    t.equal(await process.stop(), 0, 'it ends well', { output: process.output() })
})
