import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { seal } from '../../tools/cli/seal.ts'
import { firstKey, type Run } from '../first-key.ts'

const options = { stack: 'dev', name: 'admin', scopes: ['admin'], groups: ['*'] }
const outputs = {
  clusterName: 'kass-dev-cluster',
  toolsTask: {
    taskDefinition: 'arn:aws:ecs:eu-central-1:123456789012:task-definition/kass-dev-tools:3',
    ...{ subnets: ['subnet-1', 'subnet-2'], securityGroup: 'sg-1', logGroup: '/kass/dev/tools' },
  },
}

/** Plays Pulumi and AWS; the task does what `kass keys create --seal-for` does, with the command that it is given. */
function played(more: { outputs?: object; log?: (command: string[]) => string } = {}) {
  const calls: string[][] = []
  let command: string[] = []
  const log =
    more.log ??
    ((given) =>
      JSON.stringify({ sealed: seal('kass_the_key', given.at(given.indexOf('--seal-for') + 1) ?? '') }, null, 2))
  const run: Run = async (program, args) => {
    calls.push([program, ...args])
    if (program === 'pulumi') return JSON.stringify(more.outputs ?? outputs)
    if (args[1] === 'run-task') {
      command = JSON.parse(args.at(args.indexOf('--overrides') + 1) ?? '').containerOverrides[0].command
      return JSON.stringify({
        tasks: [{ taskArn: 'arn:aws:ecs:eu-central-1:123456789012:task/kass-dev-cluster/0123abc' }],
      })
    }
    if (args[1] === 'get-log-events') {
      return JSON.stringify({
        events: log(command)
          .split('\n')
          .map((message) => ({ message })),
      })
    }
    return ''
  }
  return { run, calls, command: () => command }
}

t.test('the key is printed here, and the log of the task has it encrypted only', async (t) => {
  const { run, calls, command } = played()
  t.equal(await firstKey(options, run), 'kass_the_key')
  t.same(
    calls.map(([program, one, two]) => [program, one, two].join(' ')),
    ['pulumi stack output', 'aws ecs run-task', 'aws ecs wait', 'aws logs get-log-events'],
  )
  t.ok(calls[3]?.includes('tools/tools/0123abc'), 'the stream is named as the log driver names it')
  t.same(command().slice(0, 7), ['node', 'tools/kass.ts', '--json', 'keys', 'create', '--name', 'admin'])
  t.notMatch(JSON.stringify(calls), /kass_the_key/)
})

t.test('the command that the task is given makes a key that works', async (t) => {
  const cwd = join(import.meta.dirname, '../..')
  const env = { PATH: process.env.PATH, KASS_DATA: t.testdir({}) }
  const kass = (...args: string[]) => spawnSync(process.execPath, args, { cwd, env, encoding: 'utf8' }).stdout
  const { run } = played({ log: (command) => kass(...command.slice(1)) })
  const key = await firstKey({ ...options, scopes: ['admin', 'chat'], groups: ['hr', 'it'] }, run)
  t.match(key, /^kass_[a-z0-9]+_/)
  const { items } = JSON.parse(kass('tools/kass.ts', '--json', 'keys', 'list'))
  t.match(items, [{ id: key.split('_')[1], name: 'admin', groups: ['hr', 'it'] }])
  t.same([...items[0].scopes].sort(), ['admin', 'chat'])
})

t.test('what the task said is told when it made no key', async (t) => {
  await t.rejects(
    firstKey(options, played({ log: () => 'AccessDeniedException' }).run),
    /made no key.*\n?.*AccessDenied/,
  )
})

t.test('a stack that is not deployed is told apart', async (t) => {
  await t.rejects(firstKey(options, played({ outputs: {} }).run), /deploy it first/)
})

t.test('a key is sealed for an RSA key of 2048 bits or more only', async (t) => {
  t.throws(() => seal('x', 'bm9uc2Vuc2U='), /--seal-for takes an RSA key/)
})

t.test('the command stands among the scripts', async (t) => {
  const { scripts } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'))
  t.equal(scripts['first-key'], 'node infra/first-key.ts')
})
