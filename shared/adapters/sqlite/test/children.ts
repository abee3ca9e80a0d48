import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'

/** Starts `children/<name>.ts` as a process of its own; it is killed when the test ends. */
export function startChild(t: Test, name: string, ...args: string[]): ChildProcess {
  const script = join(import.meta.dirname, 'children', `${name}.ts`)
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

/** Waits until a child has ended well. */
export async function finished(child: ChildProcess): Promise<void> {
  const [code, signal] = await once(child, 'exit')
  if (code !== 0) throw new Error(`the process ended with ${code ?? signal}`)
}

/** Waits for the child's `count`-th line, and gives all so far. */
export async function lines(child: ChildProcess, count: number): Promise<string[]> {
  const found: string[] = []
  if (!child.stdout) throw new Error('the process has no output')
  for await (const line of createInterface({ input: child.stdout })) {
    found.push(line)
    if (found.length === count) return found
  }
  throw new Error(`the process ended after ${found.length} lines`)
}

/** kill -9, and waits until it is dead. */
export async function kill(child: ChildProcess): Promise<void> {
  const dead = once(child, 'exit')
  child.kill('SIGKILL')
  await dead
}
