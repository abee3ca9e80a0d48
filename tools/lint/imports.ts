import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, posix, sep } from 'node:path'
import { forbidden, forbiddenPackage, layerOf, mains, readsEnvironment } from './layers.ts'
import { readSource } from './source.ts'

export interface Violation {
  file: string
  line: number
  message: string
}

/** What one file does that the house does not allow. `file` is relative to the root, with `/`. */
export function checkFile(file: string, text: string): Violation[] {
  const violations: Violation[] = []
  const blame = (line: number, message: string | undefined) => {
    if (message !== undefined) violations.push({ file, line, message })
  }
  if (layerOf(file) === undefined) blame(1, `${file} belongs to no part of the house`)
  const { imports, environment, unknown } = readSource(file, text)
  for (const { specifier, line, typeOnly } of imports) {
    if (!specifier.startsWith('.') && !specifier.startsWith('/')) blame(line, forbiddenPackage(file, specifier))
    else {
      const target = posix.normalize(posix.join(posix.dirname(file), specifier))
      // A package.json, for its version, is no code.
      if (!target.endsWith('.json')) blame(line, forbidden(file, target, typeOnly))
    }
  }
  if (!readsEnvironment(file)) {
    for (const { line, handed } of environment) {
      if (!(handed && mains.has(file))) blame(line, 'the environment is read through loadConfig only, by the mains')
    }
    for (const line of unknown) blame(line, 'loads something whose name is not written there, so nobody can check it')
  }
  return violations
}

/** Checks every TypeScript file of the house. */
export function checkTree(root: string): { files: number; violations: Violation[] } {
  const files = ['shared', 'service', 'worker', 'tools', 'infra', 'test']
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      globSync('**/*.ts', { cwd: join(root, folder), exclude: (name) => name === 'node_modules' }).map((file) =>
        `${folder}/${file}`.split(sep).join('/'),
      ),
    )
    .filter((file) => !file.endsWith('.d.ts'))
    .sort()
  return {
    files: files.length,
    violations: files.flatMap((file) => checkFile(file, readFileSync(join(root, file), 'utf8'))),
  }
}
