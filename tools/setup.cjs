/**
 * Makes node_modules fit package-lock.json before a script runs: `node tools/setup.cjs [--dev]`. Plain CommonJS without
 * packages, because nothing is installed yet and the Node that runs it may be an old one.
 */
const { createHash } = require('node:crypto')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const root = path.dirname(__dirname)
const modules = path.join(root, 'node_modules')
const stampFile = path.join(modules, '.kass-setup.json')
const neededMajor = 24

const say = (text) => process.stderr.write(text)
const fail = (text) => {
  say(`\nSet-up failed: ${text}\n`)
  process.exit(1)
}

function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

/** The packages of a lock file that this machine needs; optional ones may be left out for another platform. */
function missing(lock, installed, dev) {
  for (const [place, wanted] of Object.entries(lock.packages)) {
    if (place === '' || wanted.link) continue
    if (!dev && (wanted.dev || wanted.devOptional)) continue
    const found = installed.packages[place]
    if (!found && !wanted.optional && !wanted.devOptional) return true
    if (found && (found.version !== wanted.version || found.integrity !== wanted.integrity)) return true
  }
  return false
}

/** What an installation was made from: the lock file, and which plugins the test runner has to be built with. */
function hashOf(lockText) {
  let plugins = ''
  try {
    plugins = fs.readFileSync(path.join(root, '.taprc'), 'utf8')
  } catch {
    // Without the file there are no tests to run.
  }
  return createHash('sha256').update(lockText).update(plugins).digest('hex')
}

/** npm writes its hidden lock file as the last step of an install, so an install that was cut short is not taken for one. */
function isInstalled(lockText, mode) {
  const installed = readJson(path.join(modules, '.package-lock.json'))
  return Boolean(installed?.packages) && !missing(JSON.parse(lockText), installed, mode === 'dev') && hasNode()
}

/** When a process began, so that a number that was given out again is not taken for it. */
function birth(pid) {
  try {
    return fs
      .readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[19]
  } catch {
    try {
      process.kill(pid, 0)
      return 'alive'
    } catch (error) {
      return error.code === 'EPERM' ? 'alive' : undefined
    }
  }
}

/** One set-up at a time; the lock lies outside node_modules, which `npm ci` removes. */
function takeLock() {
  const name = createHash('sha256').update(root).digest('hex').slice(0, 16)
  const file = path.join(os.tmpdir(), `kass-setup-${os.userInfo().uid}-${name}.lock`)
  let said = false
  for (;;) {
    try {
      fs.writeFileSync(file, JSON.stringify({ pid: process.pid, birth: birth(process.pid) }), { flag: 'wx' })
      process.on('exit', () => fs.rmSync(file, { force: true }))
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const holder = readJson(file)
    const fresh = Date.now() - (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) < 2000
    // A file without content may be one that is being written at this moment.
    if (holder ? birth(holder.pid) !== holder.birth : !fresh) {
      fs.rmSync(file, { force: true })
      continue
    }
    if (!said) say('Another set-up of this folder is under way: waiting for it.\n')
    said = true
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
  }
}

/** The environment for npm: not through the Node in the folder that npm is about to remove. */
function outsideEnvironment() {
  const env = { ...process.env }
  const key = Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH'
  env[key] = (env[key] ?? '')
    .split(path.delimiter)
    .filter((part) => path.resolve(part) !== path.join(modules, '.bin'))
    .join(path.delimiter)
  return env
}

/** The environment with the tools of the folder first. */
const insideEnvironment = () => ({
  ...process.env,
  PATH: path.join(modules, '.bin') + path.delimiter + process.env.PATH,
})

function hasNode() {
  if (Number(process.versions.node.split('.')[0]) >= neededMajor) return true
  const found = run('node', ['--version'], insideEnvironment())
  return Number(/^v(\d+)/.exec(found.stdout ?? '')?.[1]) >= neededMajor
}

function run(command, args, env) {
  return spawnSync(command, args, {
    cwd: root,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  })
}

function mustRun(command, args, env) {
  const done = run(command, args, env)
  if (done.error) fail(`${command} could not be run (${done.error.message}).`)
  if (done.status !== 0) fail(`${command} ended with ${done.status ?? done.signal}.\n${done.stdout}${done.stderr}`)
}

function install(mode) {
  const which = mode === 'dev' ? '--include=dev' : '--omit=dev'
  const options = ['--include=optional', '--no-progress', '--loglevel=error']
  say(`Set-up: installing packages (npm ci ${which}) … `)
  const began = Date.now()
  mustRun('npm', ['ci', which, ...options], outsideEnvironment())
  if (!hasNode()) {
    fail(
      `Node ${neededMajor} is needed; this is ${process.version}, and the "node" package could not bring it along. ` +
        `Install Node ${neededMajor} or newer and try again.`,
    )
  }
  say(`done in ${((Date.now() - began) / 1000).toFixed(1)} s\n`)
}

function main() {
  const mode = process.argv.includes('--dev') ? 'dev' : 'prod'
  const lockText = fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8')
  const hash = hashOf(lockText)
  const isStamped = () => {
    const stamp = readJson(stampFile)
    return stamp?.hash === hash && (stamp.mode === mode || stamp.mode === 'dev')
  }
  if (isStamped()) return
  takeLock()
  if (isStamped()) return
  if (!isInstalled(lockText, mode)) install(mode)
  // The test runner builds its set of plugins into node_modules, and the run that first does so still has the old set.
  if (mode === 'dev') mustRun('tap', ['build'], insideEnvironment())
  fs.writeFileSync(stampFile, JSON.stringify({ hash, mode }))
}

main()
