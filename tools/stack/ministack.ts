import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder } from './cache-folder.ts'
import type { PartSpec } from './part.ts'

const requirements = join(import.meta.dirname, 'ministack', 'requirements.txt')
const run = promisify(execFile)

/**
 * The Python that has MiniStack, installed from the pinned requirements when nobody did before. Names a Python of 3.11
 * or later by the variable PYTHON where `python3` is another.
 * @returns the interpreter's path, and how long the installation took
 */
export async function installMinistack(): Promise<{ python: string; installedMs: number | undefined }> {
  const cache = cacheFolder()
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 16)
  const folder = join(cache, `ministack-${hash}`)
  const python = join(folder, 'bin', 'python')
  if (existsSync(folder)) return { python, installedMs: undefined }
  const begun = performance.now()
  const work = mkdtempSync(join(cache, 'ministack-installing-'))
  try {
    const base = process.env.PYTHON ?? 'python3'
    await run(base, [
      '-c',
      'import sys; sys.exit(sys.version_info < (3, 11) and "MiniStack needs Python 3.11 or later")',
    ])
    await run(base, ['-m', 'venv', work])
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes', '--no-deps']
    await run(join(work, 'bin', 'python'), [...pip, '--requirement', requirements])
    // In one step, so that nobody sees half of it. An environment that was moved works by its interpreter.
    try {
      renameSync(work, folder)
    } catch (error) {
      // Another run was quicker.
      if (!existsSync(folder)) throw error
    }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return { python, installedMs: Math.round(performance.now() - begun) }
}

export interface MinistackOptions {
  port: number
  python: string
  /** For its files. */
  folder: string
  log: string
  /** Keep what it holds over an end in order; otherwise every start is an empty one. */
  persist?: boolean
}

/** S3, SQS, DynamoDB and EventBridge. It sees nothing of this process's environment, credentials above all. */
export function ministackPart({ port, python, folder, log, persist }: MinistackOptions): PartSpec {
  const kept = {
    PERSIST_STATE: '1',
    S3_PERSIST: '1',
    STATE_DIR: join(folder, 'state'),
    S3_DATA_DIR: join(folder, 's3'),
  }
  return {
    name: 'MiniStack',
    port,
    readyPath: '/_ministack/ready',
    readyWithinMs: 60_000,
    graceMs: 5_000,
    command: () => ({
      command: python,
      args: ['-m', 'ministack'],
      log,
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        TMPDIR: folder,
        BIND_HOST: '127.0.0.1',
        MINISTACK_HOST: '127.0.0.1',
        GATEWAY_PORT: String(port),
        LOG_LEVEL: 'INFO',
        ...(persist && kept),
      },
    }),
  }
}
