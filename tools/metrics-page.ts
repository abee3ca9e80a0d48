/** `node tools/metrics-page.ts`: prints docs/metrics.md from the table of metrics; `--write` writes it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { metricsPage } from './metrics-page/page.ts'

if (process.argv.includes('--write')) writeFileSync(join(import.meta.dirname, '../docs/metrics.md'), metricsPage())
else process.stdout.write(metricsPage())
