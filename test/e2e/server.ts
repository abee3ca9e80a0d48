import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Test } from 'tap'

/** A KASS to be used over HTTP: the one that API_URL names, or one that was started for the test by `npm start`. */
export interface Server {
  url: string
  /** Sent with every request. */
  headers: Record<string, string>
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  upload(path: string, content: Uint8Array | string, fields?: Record<string, string>): Promise<Answer>
  /** The record, as soon as `status` is one of those. */
  settled(id: string, ...statuses: string[]): Promise<Answer['body']>
  /** The command line against this server. */
  kass(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }>
}

export interface LocalServer extends Server {
  folder: string
  env: Record<string, string>
  process: ChildProcess
  /** What it printed so far. */
  output(): string
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

export interface Answer {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: answers are what is under test, their shape is checked by the OpenAPI tests
  body: any
}

const root = join(import.meta.dirname, '../..')
const patienceMs = 90_000

/** Asks until there is something; the server says nothing by itself. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>, ms = patienceMs): Promise<T> {
  const end = Date.now() + ms
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** A server that runs already; `env` is what its command line needs besides the address. */
export function serverAt(url: string, headers: Record<string, string>, env: Record<string, string>): Server {
  const server: Server = {
    url,
    headers,
    async call(method, path, body, more = {}) {
      const isForm = body instanceof FormData
      const type: Record<string, string> = body !== undefined && !isForm ? { 'content-type': 'application/json' } : {}
      const response = await fetch(url + path, {
        method,
        headers: { ...headers, ...type, ...more },
        body: isForm ? body : body === undefined ? undefined : JSON.stringify(body),
        redirect: 'manual',
      })
      const text = await response.text()
      const isJson = /json/.test(response.headers.get('content-type') ?? '')
      return { status: response.status, headers: response.headers, body: isJson && text ? JSON.parse(text) : text }
    },
    upload(path, content, fields = {}) {
      const form = new FormData()
      form.set(
        'file',
        new Blob([typeof content === 'string' ? content : new Uint8Array(content)]),
        path.split('/').pop(),
      )
      form.set('path', path)
      for (const [name, value] of Object.entries(fields)) form.set(name, value)
      return server.call('POST', '/documents', form)
    },
    settled: (id, ...statuses) =>
      eventually(`${id} to be ${statuses.join(' or ')}`, async () => {
        const { body } = await server.call('GET', `/documents/${id}`)
        return statuses.includes(body.status) ? body : undefined
      }),
    async kass(...args) {
      const child = spawn(join(root, 'kass'), args, { env: { ...process.env, ...env, KASS_URL: url } })
      let stdout = ''
      let stderr = ''
      child.stdout.on('data', (chunk) => {
        stdout += chunk
      })
      child.stderr.on('data', (chunk) => {
        stderr += chunk
      })
      const [code] = await once(child, 'close')
      return { code, stdout, stderr }
    },
  }
  return server
}

/** The same server for another caller. */
export function withKey(server: Server, key: string): Server {
  return serverAt(server.url, { ...server.headers, 'x-api-key': key }, { KASS_API_KEY: key })
}

/** The same server for somebody who has logged in elsewhere. */
export function withToken(server: Server, token: string): Server {
  return serverAt(server.url, { ...server.headers, authorization: `Bearer ${token}` }, { KASS_TOKEN: token })
}

/**
 * Where the server under test keeps everything, when that is not its folder: KASS_E2E_STORAGE is a module that makes an
 * empty storage and prints the settings that name it, as JSON.
 */
async function freshStorage(): Promise<Record<string, string>> {
  const { KASS_E2E_STORAGE } = process.env
  if (!KASS_E2E_STORAGE) return {}
  const { stdout } = await promisify(execFile)(process.execPath, [KASS_E2E_STORAGE], { cwd: root })
  return JSON.parse(stdout)
}

/** Starts `npm start` on a free port and an empty storage. */
export async function startServer(t: Test, settings: Record<string, string> = {}): Promise<LocalServer> {
  const folder = settings.KASS_DATA ?? mkdtempSync(join(tmpdir(), 'kass-e2e-'))
  const storage = await freshStorage()
  // A machine that is busy with something else is no reason to shed requests that a test counts on.
  const patient = { MAX_EVENT_LOOP_DELAY_MS: '20000' }
  const env = { PORT: '0', LOG_LEVEL: 'warn', KASS_DATA: folder, ...patient, ...storage, ...settings }
  const child = spawn('npm', ['start', '--silent'], { cwd: root, env: { ...process.env, ...env }, detached: true })
  let output = ''
  const listening = Promise.withResolvers<string>()
  const read = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-50_000)
    const found = /Listening +(http:\/\/\S+)/.exec(output)
    if (found?.[1]) listening.resolve(found[1])
  }
  child.stdout.on('data', read)
  child.stderr.on('data', read)
  child.once('exit', (code) => listening.reject(new Error(`npm start ended with ${code}:\n${output}`)))
  const ended = once(child, 'exit')
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null && child.pid) process.kill(-child.pid, signal)
    await ended
    return child.exitCode
  }
  t.teardown(async () => {
    await stop()
    if (!settings.KASS_DATA) rmSync(folder, { recursive: true, force: true })
  })
  const url = await listening.promise
  return { ...serverAt(url, {}, env), folder, env, process: child, output: () => output, stop }
}

/** The server that API_URL and API_KEY name; else one of our own. */
export async function anyServer(t: Test, settings: Record<string, string> = {}): Promise<Server> {
  const { API_URL, API_KEY } = process.env
  if (!API_URL) return startServer(t, settings)
  const headers: Record<string, string> = API_KEY ? { 'x-api-key': API_KEY } : {}
  return serverAt(API_URL.replace(/\/+$/, ''), headers, API_KEY ? { KASS_API_KEY: API_KEY } : {})
}
