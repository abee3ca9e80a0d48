import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as bedrock from '@aws-sdk/client-bedrock-runtime'
import * as dynamodb from '@aws-sdk/client-dynamodb'
import * as s3 from '@aws-sdk/client-s3'
import * as sqs from '@aws-sdk/client-sqs'
import { test } from 'tap'
import { stackSettings } from '../../infra/config.ts'
import { graphOf } from '../../infra/mocks/graph.ts'
import { readStackFile } from '../../infra/stack-file.ts'
import { settings } from '../../shared/config.ts'
import { errorTable } from '../../shared/errors.ts'

const root = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const pages = ['docs/deploy.md', 'docs/troubleshooting.md'].map((file) => ({ file, text: read(file) }))

/** What stands in code: blocks of commands with their continuations joined, and words between backticks. */
const blocks = (text: string) =>
  [...text.matchAll(/^ *```sh\n(.*?)^ *```$/gms)].map(([, block = '']) => block.replaceAll('\\\n', ' ')).join('\n')
const words = (text: string) =>
  [...text.replace(/^ *```.*?^ *```$/gms, '').matchAll(/`([^`\n]+)`/g)].map(([, word = '']) => word).join('\n')
const code = pages.map(({ text }) => `${blocks(text)}\n${words(text)}`).join('\n')
const found = (pattern: RegExp) => [...new Set([...code.matchAll(pattern)].map(([, name = '']) => name))].sort()

/** Names that are missing among those that there are, with a check that there was something to look at. */
function missing(names: readonly string[], exists: (name: string) => boolean, least: number): string[] {
  if (names.length < least) return [`only ${names.length} found: ${names.join(', ')}`]
  return names.filter((name) => !exists(name))
}

test('every npm script exists, and every program and file that is run', async (t) => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(read('package.json'))
  t.same(
    missing(found(/npm run ([\w:-]+)/g), (name) => name in scripts, 2),
    [],
  )
  t.same(
    missing(found(/\b((?:infra|tools)\/[\w/.-]+\.(?:ts|cjs|mjs|sh))/g), (file) => existsSync(join(root, file)), 1),
    [],
  )
})

test('every command of kass exists', async (t) => {
  const sources = read('tools/kass.ts')
    .match(/\.\/cli\/[\w-]+\.ts/g)
    ?.map((file) => read(`tools/${file.slice(2)}`))
    .join('\n')
  const known = new Set([...(sources ?? '').matchAll(/\.command\('([\w-]+)'\)/g)].map(([, name]) => name))
  t.same(
    missing(found(/\.\/kass ([a-z]+)/g), (name) => known.has(name), 3),
    [],
  )
})

test('every key of a stack exists', async (t) => {
  t.same(
    missing(found(/kass:(\w+)/g), (key) => key in stackSettings, 10),
    [],
  )
})

test('every output of a stack exists', async (t) => {
  const list = /export const \{(.*?)\}/s.exec(read('infra/index.ts'))?.[1] ?? ''
  const outputs = new Set(list.match(/\w+/g))
  t.same(
    missing(found(/stack output (?:--stack \w+ )?(\w+)/g), (name) => outputs.has(name), 4),
    [],
  )
})

test('every resource that is named by its name has it', async (t) => {
  const { nodes } = await graphOf(readStackFile('prod'))
  const names = new Set(nodes.flatMap(({ name, props }) => [name, String(props.name)]))
  const named = [...found(/(kass-(?:dev|staging|prod)-[a-z]+(?:-[a-z]+)*)/g), ...found(/(\/kass\/\w+\/[a-z]+)/g)]
  const existing = named.filter((name) => !name.endsWith('-restored'))
  t.same(
    missing(existing, (name) => names.has(name.replace(/(dev|staging)/, 'prod')), 6),
    [],
  )
})

/** Variables of the shell, of other programs, and of the command line. */
const others = new Set(['AWS_PROFILE', 'KASS_URL', 'KASS_API_KEY', 'PROD_REPOSITORY', 'STAGING_REPOSITORY'])

test('every setting exists, and every code of an error', async (t) => {
  const named = found(/\b([A-Z]{2,}(?:_[A-Z0-9]+)+)\b/g).filter((name) => !others.has(name))
  t.same(
    missing(named, (name) => name in settings, 8),
    [],
  )
  const troubles = pages[1]?.text ?? ''
  const codes = [...troubles.matchAll(/^\| ((?:`[a-z]+_[a-z_]+`(?:, )?)+) \|/gm)].flatMap(([, cell = '']) =>
    cell.replaceAll('`', '').split(', '),
  )
  t.same(
    missing(codes, (name) => name in errorTable, 8),
    [],
  )
})

/** Calls of services that have no client here; each was tried with the argument parser of the AWS command line 1.46. */
const tried = new Set([
  'bedrock get-foundation-model-availability',
  'bedrock list-inference-profiles',
  'bedrock put-use-case-for-model-access',
  'backup delete-recovery-point',
  'backup get-recovery-point-restore-metadata',
  'backup list-recovery-points-by-backup-vault',
  'backup start-restore-job',
  'ce update-cost-allocation-tags-status',
  'cloudwatch get-metric-statistics',
  'cloudwatch set-alarm-state',
  'dynamodb wait',
  'ecr describe-images',
  'ecs describe-services',
  'ecs describe-tasks',
  'ecs list-tasks',
  'ecs run-task',
  'iam create-service-linked-role',
  'iam get-role',
  // Of version 2 only, and of the command line itself.
  'logs tail',
  'opensearchserverless batch-get-collection',
  'opensearchserverless get-account-settings',
  'resourcegroupstaggingapi get-resources',
  's3 cp',
  's3 sync',
  'secretsmanager put-secret-value',
  'service-quotas get-service-quota',
  'service-quotas list-service-quotas',
  'service-quotas request-service-quota-increase',
])
const clients: Readonly<Record<string, object>> = { dynamodb, s3api: s3, sqs, 'bedrock-runtime': bedrock }

test('every call of the AWS command line exists', async (t) => {
  const exists = (call: string) => {
    const [service = '', operation = ''] = call.split(' ')
    const client = clients[service]
    if (tried.has(call) || client === undefined) return tried.has(call)
    return `${operation.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())}Command` in client
  }
  t.same(missing(found(/\baws ([a-z0-9-]+ [a-z-]+)/g), exists, 15), [])
})

test('every link leads somewhere', async (t) => {
  for (const { file, text } of pages) {
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
    t.ok(targets.length > 0, file)
    for (const target of targets.filter((each) => !each.startsWith('http'))) {
      const [path = '', anchor] = target.split('#')
      const linked = path === '' ? file : join(dirname(file), path)
      t.ok(existsSync(join(root, linked)), `${file}: ${target}`)
      if (anchor !== undefined) t.ok(anchorsOf(read(linked)).has(anchor), `${file}: ${target}`)
    }
  }
})

function anchorsOf(text: string): Set<string> {
  const titles = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => title)
  return new Set(
    titles.map((title) =>
      title
        .toLowerCase()
        .replace(/[^\w\s-]/g, '')
        .trim()
        .replace(/\s/g, '-'),
    ),
  )
}
