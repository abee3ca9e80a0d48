/**
 * `npm run first-key -- --stack dev [--name admin] [--scopes admin] [--groups '*']`: makes an API key by a one-off task
 * and prints it here, and only here. The task encrypts it for a key pair that lives as long as this command, so what the
 * task's log keeps is of no use to anybody. Needs the AWS and Pulumi command lines with the deployer's rights.
 */
import { execFile } from 'node:child_process'
import { constants, generateKeyPair, type KeyObject, privateDecrypt } from 'node:crypto'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { isRecord } from './policy/statements.ts'

/** Runs a program and gives what it printed. */
export type Run = (program: string, args: readonly string[]) => Promise<string>

export interface FirstKeyOptions {
  stack: string
  name: string
  scopes: readonly string[]
  groups: readonly string[]
}

/**
 * Makes the key.
 * @throws Error in one sentence, when a step fails; with what the task said, when it failed
 */
export async function firstKey(options: FirstKeyOptions, run: Run): Promise<string> {
  const outputs = await json(run, 'pulumi', ['stack', 'output', '--json', '--stack', options.stack])
  const { clusterName, toolsTask } = outputs
  if (typeof clusterName !== 'string' || !isRecord(toolsTask)) {
    throw new Error(`The stack ${options.stack} has no outputs for this: deploy it first.`)
  }
  const { taskDefinition, subnets, securityGroup, logGroup } = toolsTask
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 3072 })
  const sealFor = publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
  const command = [
    ...['node', 'tools/kass.ts', '--json', 'keys', 'create', '--name', options.name, '--seal-for', sealFor],
    ...['--scopes', ...options.scopes, ...(options.groups.length > 0 ? ['--groups', ...options.groups] : [])],
  ]
  const network = { awsvpcConfiguration: { subnets, securityGroups: [securityGroup], assignPublicIp: 'DISABLED' } }
  const started = await json(run, 'aws', [
    ...['ecs', 'run-task', '--output', 'json', '--launch-type', 'FARGATE', '--cluster', clusterName],
    ...['--task-definition', String(taskDefinition), '--network-configuration', JSON.stringify(network)],
    ...['--overrides', JSON.stringify({ containerOverrides: [{ name: 'tools', command }] })],
  ])
  const [task] = Array.isArray(started.tasks) ? started.tasks.filter(isRecord) : []
  if (typeof task?.taskArn !== 'string')
    throw new Error(`The task could not be started: ${JSON.stringify(started.failures)}`)
  await run('aws', ['ecs', 'wait', 'tasks-stopped', '--cluster', clusterName, '--tasks', task.taskArn])
  const stream = `tools/tools/${task.taskArn.split('/').at(-1)}`
  const log = await json(run, 'aws', [
    ...['logs', 'get-log-events', '--output', 'json', '--start-from-head'],
    ...['--log-group-name', String(logGroup), '--log-stream-name', stream],
  ])
  return unseal(messagesOf(log), privateKey)
}

function messagesOf(log: Record<string, unknown>): string[] {
  const events = Array.isArray(log.events) ? log.events.filter(isRecord) : []
  return events.map(({ message }) => String(message))
}

/** The result of the command may be one line, or several. */
function unseal(messages: readonly string[], privateKey: KeyObject): string {
  const sealed = /"sealed"\s*:\s*"([A-Za-z0-9+/=]+)"/.exec(messages.join('\n'))?.[1]
  if (sealed === undefined) throw new Error(`The task made no key. It said:\n${messages.join('\n')}`)
  const how = { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }
  return privateDecrypt(how, Buffer.from(sealed, 'base64')).toString()
}

async function json(run: Run, program: string, args: readonly string[]): Promise<Record<string, unknown>> {
  const value: unknown = JSON.parse(await run(program, args))
  if (!isRecord(value)) throw new Error(`${program} ${args.slice(0, 2).join(' ')} answered with no object`)
  return value
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      stack: { type: 'string' },
      name: { type: 'string', default: 'admin' },
      scopes: { type: 'string', multiple: true, default: ['admin'] },
      groups: { type: 'string', multiple: true, default: ['*'] },
    },
  })
  if (values.stack === undefined) throw new Error('--stack says for which stack, for example --stack dev')
  const cwd = join(import.meta.dirname, '..')
  const run: Run = async (program, args) =>
    (await promisify(execFile)(program, [...args], { cwd, maxBuffer: 16 * 1024 * 1024 })).stdout
  console.error('A task makes the key; this takes about a minute.')
  console.log(await firstKey({ ...values, stack: values.stack }, run))
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  })
}
