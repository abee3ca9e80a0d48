import type { Command } from 'commander'
import { type Config, ConfigError, loadConfig } from '../../shared/config.ts'
import { type Context, size } from './context.ts'
import { Failure } from './failure.ts'

/** The folder of the embedded data. Other storages have backups of their own. */
function dataFolder(context: Context): string {
  let config: Config
  try {
    config = loadConfig(context.env)
  } catch (error) {
    if (error instanceof ConfigError) throw new Failure('invalid_config', error.message, { faults: error.faults })
    throw error
  }
  if (config.STORAGE === 'embedded') return config.KASS_DATA
  throw new Failure(
    'not_embedded',
    `STORAGE=${config.STORAGE} is backed up by its own means: versioning of the bucket and point-in-time recovery of the tables (docs/operations.md).`,
  )
}

/** `backup` and `restore` of the embedded data. */
export function addBackup(
  program: Command,
  run: (action: (context: Context) => Promise<unknown>) => Promise<void>,
): void {
  program
    .command('backup')
    .description('write all embedded data (KASS_DATA) to one file, while KASS runs')
    .argument('<file>', 'a tar; gzipped when its name ends in gz')
    .addHelpText('after', '\nExample:\n  $ kass backup kass-monday.tar.gz')
    .action((file: string) =>
      run(async (context) => {
        const { makeBackup } = await import('../backup/make.ts')
        const made = await makeBackup(dataFolder(context), file, context.signal)
        context.result(made, () => [`Wrote ${made.file}: ${made.files} files, ${size(made.bytes)}`])
      }),
    )
  program
    .command('restore')
    .description('put a backup in the place of the embedded data (KASS_DATA); KASS must not run')
    .argument('<file>')
    .option('--force', 'also where there is data; that is kept beside it')
    .addHelpText('after', '\nExample:\n  $ KASS_DATA=./restored kass restore kass-monday.tar.gz')
    .action((file: string, { force = false }: { force?: boolean }) =>
      run(async (context) => {
        const { restoreBackup } = await import('../backup/restore.ts')
        const restored = await restoreBackup(file, dataFolder(context), { force })
        context.result(restored, () => [
          `Restored ${restored.folder} as it was at ${restored.made_at}: ${restored.files} files.`,
          ...(restored.before === undefined ? [] : [`What was there before is in ${restored.before}.`]),
          'Start KASS on it (npm start); kass compare then says that everything agrees.',
        ])
      }),
    )
}
