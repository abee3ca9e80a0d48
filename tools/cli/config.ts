import type { Command } from 'commander'
import { ConfigError, loadConfig, settings } from '../../shared/config.ts'
import { type Context, table } from './context.ts'
import { Failure } from './failure.ts'

interface Row {
  key: string
  value: string
  default: string
  about: string
  set: boolean
  secret: boolean
}

/** All settings with what is set in an environment; secrets only say whether they are. */
export function settingRows(env: Readonly<Record<string, string | undefined>>): Row[] {
  return Object.entries(settings).map(([key, setting]) => {
    const given = env[key] ?? ''
    const secret = 'secret' in setting && setting.secret === true
    return {
      key,
      value: secret && given !== '' ? '(secret set)' : given !== '' ? given : setting.fallback,
      default: setting.fallback,
      about: setting.about,
      set: given !== '',
      secret,
    }
  })
}

const markdown = (rows: readonly Row[]) => [
  '| setting | default | about |',
  '|---|---|---|',
  ...rows.map(({ key, default: fallback, about }) => {
    const shown = fallback === '' ? '' : `\`${fallback}\``
    return `| \`${key}\` | ${shown} | ${about.replaceAll('|', '\\|')} |`
  }),
]

export function addConfig(
  program: Command,
  run: (action: (context: Context) => Promise<unknown>) => Promise<void>,
): void {
  program
    .command('config')
    .description('print every setting and check what is set')
    .option('--markdown', 'as a table for documents, with defaults only')
    .addHelpText('after', '\nExample:\n  $ AUTH=keys HOST=0.0.0.0 kass config')
    .action((options: { markdown?: boolean }) =>
      run(async (context) => {
        const rows = settingRows(context.env)
        if (options.markdown) {
          for (const line of markdown(rows)) context.print(line)
          return
        }
        context.result(rows, () =>
          table([
            ['setting', 'value', 'about'],
            ...rows.map(({ key, value, set, about }) => [key, set ? `${value} *` : value, about]),
          ]),
        )
        try {
          loadConfig(context.env)
        } catch (error) {
          if (error instanceof ConfigError) throw new Failure('invalid_config', error.message, { faults: error.faults })
          throw error
        }
        context.note('\n* set in the environment; all others have their default')
      }),
    )
}
