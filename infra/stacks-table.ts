/** `npm run stacks`: docs/stacks.md, the table of all settings of a stack with what each stack has. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stackSettings } from './config.ts'
import type { StackSetting } from './settings/kinds.ts'
import { readStackFile, stacks } from './stack-file.ts'

export const stacksFile = join(import.meta.dirname, '../docs/stacks.md')

const head = `# Settings of a stack

What \`Pulumi.<stack>.yaml\` may say, below \`kass:\`, and what each stack has where it differs from the default. Beside it
stands \`aws:region\`. A wrong or contradictory configuration is refused at preview with every fault named at once. What
changes the costs is marked with $; \`npm run cost\` reckons with it. \`npm run stacks\` makes this table, and a test holds it to that.
`

/** The whole document. */
export function stacksTable(): string {
  const configs = stacks.map((stack) => readStackFile(stack))
  const rows = Object.entries<StackSetting<unknown>>(stackSettings).map(([key, setting]) => {
    const values = configs.map((config) => shown(Object.entries(config).find(([name]) => name === key)?.[1]))
    const standard = shown(setting.parse(setting.fallback))
    const cells = values.map((value) => (value === standard ? '' : value))
    return `| \`${key}\`${setting.costs ? ' $' : ''} | ${standard} | ${cells.join(' | ')} | ${setting.about} |`
  })
  const title = `| setting | default | ${stacks.join(' | ')} | about |`
  return `${head}\n${title}\n|---|---|${stacks.map(() => '---|').join('')}---|\n${rows.join('\n')}\n`
}

function shown(value: unknown): string {
  const text = Array.isArray(value) ? value.join(',') : String(value)
  return text === '' ? '' : `\`${text}\``
}

if (import.meta.main) writeFileSync(stacksFile, stacksTable())
