import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What an image says about how it is run (Docker's image format). */
export interface ImageConfig {
  User: string
  Env: string[]
  Cmd: string[]
  WorkingDir: string
  Healthcheck: { Test: string[] }
  Labels: Record<string, string>
}

export interface Container {
  /** The process that the image's command became, as this machine numbers it. */
  pid: number
  /** What it printed so far. */
  output(): string
  /** Runs another command beside it, as the same user in the same file system. */
  run(command: readonly string[]): Promise<{ code: number; output: string }>
  /** Sends SIGTERM and waits for the end. @returns the exit code, or the signal that ended it */
  stop(): Promise<number | string>
}

export interface ContainerOptions {
  /** The image's file system. */
  root: string
  config: ImageConfig
  /** The only folder, besides /tmp, that may be written to: /data. */
  volume: string
  command: readonly string[]
  env?: Readonly<Record<string, string>>
}

/** Whoever takes longer to end than that is ended the hard way, and its exit code tells. */
const longestEndMs = 60_000

/** Mount points of a read-only container; the image brings none of them. */
const stage = `
set -e
root=$1 volume=$2
shift 2
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero random urandom; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount --bind "$volume" "$root/data"
mount -o remount,bind,ro "$root"
exec "$@"
`

/**
 * Runs a command on an image's file system as a container engine would with `--read-only --tmpfs /tmp -v …:/data`: as
 * the image's user without capabilities, as the first process of its own process and mount namespaces. Needs root.
 */
export async function startContainer(options: ContainerOptions): Promise<Container> {
  const { root, config, volume, command, env = {} } = options
  const as = (what: readonly string[]) => [
    'chroot',
    `--userspec=${config.User}`,
    '--groups=',
    root,
    ...['/usr/bin/setpriv', '--no-new-privs', '/usr/bin/env', '-i', '-C', config.WorkingDir],
    ...config.Env,
    ...Object.entries(env).map(([key, value]) => `${key}=${value}`),
    ...what,
  ]
  mkdirSync(volume, { recursive: true })
  const unshare = ['--mount', '--pid', '--fork', '--kill-child', 'bash', '-c', stage, 'stage', root, volume]
  const child = spawn('unshare', [...unshare, ...as(command)], { stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  const pid = await childOf(child)
  return {
    pid,
    output: () => output,
    async run(what) {
      const enter = ['--target', String(pid), '--mount', '--pid', ...as(what)]
      const { promise, resolve } = Promise.withResolvers<{ code: number; output: string }>()
      execFile('nsenter', enter, { timeout: 60_000 }, (error, stdout, stderr) => {
        const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0
        resolve({ code, output: stdout + stderr })
      })
      return promise
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) process.kill(pid, 'SIGTERM')
      const impatience = setTimeout(() => process.kill(pid, 'SIGKILL'), longestEndMs)
      await exited
      clearTimeout(impatience)
      return child.exitCode ?? child.signalCode ?? 'no exit'
    },
  }
}

/** The first process of the new namespace: the only child of `unshare`. */
async function childOf(parent: ChildProcess): Promise<number> {
  for (;;) {
    if (parent.exitCode !== null) throw new Error(`unshare ended with ${parent.exitCode}`)
    const children = readFileSync(join('/proc', String(parent.pid), 'task', String(parent.pid), 'children'), 'utf8')
    const first = Number(children.trim().split(' ')[0])
    if (first > 0) return first
    await new Promise((resolve) => setImmediate(resolve))
  }
}
