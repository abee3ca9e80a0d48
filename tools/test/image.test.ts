import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { test } from 'tap'
import { readSource } from '../lint/source.ts'
import { readProject } from './compose/project.ts'

const root = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const dockerfile = read('Dockerfile')
const packages: { version: string; dependencies: Record<string, string> } = JSON.parse(read('package.json'))
const kept = read('.dockerignore')
  .split('\n')
  .filter((line) => line.startsWith('!'))
  .map((line) => line.slice(1))

/** Whether the build sees a file: what .dockerignore lets through, without the tests. */
const isInImage = (file: string) =>
  !file.split('/').includes('test') && kept.some((place) => file === place || file.startsWith(`${place}/`))

/** A module and all that it loads, with the packages. */
function closure(main: string, seen = new Set<string>(), names = new Set<string>()) {
  if (seen.has(main)) return { files: seen, names }
  seen.add(main)
  for (const { specifier, typeOnly } of readSource(main, read(main)).imports) {
    if (typeOnly || specifier.startsWith('node:')) continue
    if (!specifier.startsWith('.')) names.add(specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'))
    else {
      const file = posix.normalize(posix.join(posix.dirname(main), specifier))
      if (file.endsWith('.ts') && existsSync(join(root, file))) closure(file, seen, names)
      else seen.add(file)
    }
  }
  return { files: seen, names }
}

const commands = Object.values(readProject().services)
  .flatMap(({ command = [] }) => command.filter((word) => word.endsWith('.ts')))
  .concat('tools/healthcheck.ts', 'tools/kass.ts')

test('every command of the image finds its files and its packages there', async (t) => {
  t.ok(commands.length >= 6)
  for (const command of commands) {
    const { files, names } = closure(command)
    for (const file of files) t.ok(isInImage(file) && existsSync(join(root, file)), `${command} loads ${file}`)
    for (const name of names) t.ok(name in packages.dependencies, `${command} loads ${name}`)
  }
})

test('what is not run does not go into the image', async (t) => {
  for (const file of ['tools/bench/main.ts', 'tools/lint-imports.ts', 'tools/image/try.ts', 'worker/test/x.ts', '.git'])
    t.notOk(isInImage(file), file)
})

test('the image runs as a numbered user without rights, and Node gets the signals', async (t) => {
  t.match(dockerfile, /^USER 10001:10001$/m)
  t.match(dockerfile, /^CMD \["node", "service\/server\.ts"\]$/m)
  t.match(dockerfile, /^HEALTHCHECK .*CMD \["node", "tools\/healthcheck\.ts"\]$/m)
  t.notMatch(dockerfile, /^ENTRYPOINT/m)
})

test('the base is an argument with a pinned default, and the label has the version of the package', async (t) => {
  t.match(dockerfile, /^ARG BASE=node:24\.\d+\.\d+-bookworm-slim$/m)
  t.match(dockerfile, new RegExp(`^ARG VERSION=${packages.version.replaceAll('.', '\\.')}$`, 'm'))
  t.equal(readProject().services.service?.build?.args.BASE, /^ARG BASE=(.*)$/m.exec(dockerfile)?.[1])
})
