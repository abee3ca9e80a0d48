/** `npm run alarms`: docs/alarms.md, the alarms that every stack has, and how each can be seen to ring. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { modelsOf } from './models.ts'
import { readStackFile } from './stack-file.ts'
import { type Alarm, alarmsOf, type Watched } from './watch/alarm-list.ts'

export const alarmsFile = join(import.meta.dirname, '../docs/alarms.md')

const head = `# Alarms

What rings in prod, and what makes it ring. Every alarm, and its end, is sent to the topic \`kass-<stack>-alarms\`;
\`kass:alarmEmail\` subscribes an address. Whether a message arrives is tried without any fault:

\`\`\`sh
aws cloudwatch set-alarm-state --alarm-name kass-dev-dead-letters --state-value ALARM --state-reason 'a test'
\`\`\`

Beside these, the budget (\`kass:monthlyBudgetUsd\`) tells the same topic at 80 % and 100 % of what is spent, and at 100 % of what is
forecast; to try it, set it below what was spent. \`npm run alarms\` makes this table, and a test holds it to that.
`

/** The whole document. */
export function alarmsTable(): string {
  const config = readStackFile('prod')
  const models = [...new Set(Object.values(modelsOf(config)).map(({ id }) => id))]
  const name = (part: string) => `kass-prod-${part}`
  const watched: Watched = {
    ...{ balancer: name('api'), targetGroup: name('api'), cluster: name('cluster'), models },
    services: { api: name('api'), worker: name('worker') },
    queues: { ingest: name('ingest'), deadLetters: name('dead-letters'), undelivered: name('undelivered') },
    tables: Object.fromEntries(['documents', 'conversations', 'cache', 'access'].map((table) => [table, name(table)])),
  }
  const rows = alarmsOf(config, watched).map(
    (alarm) => `| \`${alarm.name}\` | ${alarm.about} | ${when(alarm)} | ${alarm.fire} |`,
  )
  return `${head}\n| alarm | rings when | measured | to make it ring |\n|---|---|---|---|\n${rows.join('\n')}\n`
}

function when({ series, of, statistic, threshold, periodSeconds, periods, comparison }: Alarm): string {
  const sign = { GreaterThanThreshold: '>', GreaterThanOrEqualToThreshold: '≥', LessThanThreshold: '<' }[comparison]
  const what =
    of === undefined ? `${statistic} of ${series.metricName}` : `${series.metricName} of ${of.metricName}, in percent,`
  return `${what} ${sign} ${threshold}, ${periods} × ${periodSeconds / 60} min`
}

if (import.meta.main) writeFileSync(alarmsFile, alarmsTable())
