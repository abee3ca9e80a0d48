/** `node tools/lint-imports.ts [root]`: the import rule of the house as a check that fails. */
import { join } from 'node:path'
import { checkTree } from './lint/imports.ts'

const root = process.argv[2] ?? join(import.meta.dirname, '..')
const { files, violations } = checkTree(root)
for (const { file, line, message } of violations) process.stderr.write(`${file}:${line}: ${message}\n`)
process.stdout.write(`Import rule: ${files} files, ${violations.length} violations.\n`)
// No file at all means that it looked in the wrong place.
if (violations.length > 0 || files === 0) process.exitCode = 1
