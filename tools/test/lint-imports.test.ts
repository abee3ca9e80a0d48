import { test } from 'tap'
import { checkFile, checkTree } from '../lint/imports.ts'

const blamed = (file: string, text: string) => checkFile(file, text).map((one) => one.message)

/** What must be found: the file, its text, and words of the message. */
const planted: [name: string, file: string, text: string, message: RegExp][] = [
  [
    'the API imports the worker',
    'service/app.ts',
    "import { x } from '../worker/run.ts'",
    /service may not import worker/,
  ],
  [
    'the worker imports the API',
    'worker/run.ts',
    "import { x } from '../service/app.ts'",
    /worker may not import service/,
  ],
  [
    'a type is an import too',
    'worker/run.ts',
    "import type { X } from '../service/app.ts'",
    /worker may not import service/,
  ],
  ['a type query is an import too', 'worker/run.ts', "let x: import('../service/app.ts').X", /worker may not import/],
  [
    'an import at run time counts',
    'service/app.ts',
    "await import('../worker/run.ts')",
    /service may not import worker/,
  ],
  ['a re-export counts', 'service/app.ts', "export { x } from '../worker/run.ts'", /service may not import worker/],
  ['require counts', 'service/app.ts', "require('../worker/run.ts')", /service may not import worker/],
  ['a thread counts', 'service/a.ts', "new URL('../worker/a.ts', import.meta.url)", /service may not import worker/],
  ['an adapter is chosen by wire only', 'service/app.ts', "import '../shared/adapters/sqlite/database.ts'", /adapters/],
  ['a port knows no adapter', 'shared/ports/cache.ts', "import '../adapters/sqlite/cache.ts'", /ports may not import/],
  ['documents know no port', 'shared/documents/job.ts', "import '../ports/cache.ts'", /documents may not import ports/],
  ['retrieval knows no adapter', 'shared/retrieval/a.ts', "import '../adapters/a/b.ts'", /retrieval may not import/],
  ['an adapter knows no wire', 'shared/adapters/a/b.ts', "import '../../wire.ts'", /adapters may not import wire/],
  ['a leaf imports nothing', 'shared/errors.ts', "import './documents/job.ts'", /leaf may not import documents/],
  ['nothing imports the tools', 'worker/main.ts', "import '../tools/start/run.ts'", /worker may not import tools/],
  ['code imports no test', 'worker/main.ts', "import './test/help.ts'", /worker may not import test/],
  ['the black box imports no code', 'test/e2e/run.ts', "import '../../shared/config.ts'", /e2e may not import leaf/],
  [
    'infra takes values of nothing',
    'infra/index.ts',
    "import { settings } from '../shared/config.ts'",
    /infra may not/,
  ],
  ['an SDK outside its adapter', 'shared/adapters/sqs/a.ts', "import '@aws-sdk/client-s3'", /adapters\/s3\/ only/],
  ['an SDK in the API', 'service/app.ts', "await import('@aws-sdk/client-sqs')", /adapters\/sqs\/ only/],
  [
    'SQLite outside the adapters',
    'worker/a.ts',
    "import { DatabaseSync } from 'node:sqlite'",
    /shared\/adapters\/ only/,
  ],
  ['a file that has no place', 'shared/helpers.ts', '', /no part of the house/],
  ['an import whose name is made up', 'service/app.ts', 'await import(name)', /nobody can check/],
  ['the environment in an adapter', 'shared/adapters/a/b.ts', 'const x = process.env.X', /loadConfig only/],
  ['the environment in brackets', 'worker/a.ts', "const x = process['env'].X", /loadConfig only/],
  ['the environment taken apart', 'worker/a.ts', 'const { env } = process', /loadConfig only/],
  ['the environment as an import', 'worker/a.ts', "import { env } from 'node:process'", /loadConfig only/],
  ['a main that keeps the environment', 'worker/main.ts', 'const x = process.env.X', /loadConfig only/],
  ['loadConfig outside the mains', 'worker/run.ts', 'loadConfig(process.env)', /loadConfig only/],
]

for (const [name, file, text, message] of planted) {
  test(`is refused: ${name}`, (t) => {
    const found = blamed(file, text)
    t.equal(found.length, 1)
    t.match(found[0], message)
    t.end()
  })
}

const fine: [name: string, file: string, text: string][] = [
  ['a main hands the environment over', 'service/server.ts', 'const config = loadConfig(process.env)'],
  ['wire chooses adapters', 'shared/wire.ts', "import './adapters/sqlite/database.ts'"],
  ['adapters share code', 'shared/adapters/filesystem/a.ts', "import '../sqlite/database.ts'"],
  ['tests import anything', 'worker/test/a.test.ts', "import '../../service/app.ts'; process.env.X"],
  ['tools import anything', 'tools/a.ts', "import '../worker/run.ts'; import 'node:sqlite'; process.env.X"],
  ['an SDK in its adapter', 'shared/adapters/s3/a.ts', "import '@aws-sdk/client-s3'"],
  ['infra takes the keys as a type', 'infra/index.ts', "import type { SettingKey } from '../shared/config.ts'"],
  ['a comment is no import', 'service/app.ts', "// import '../worker/run.ts'\nconst x = \"import '../worker/run.ts'\""],
]

for (const [name, file, text] of fine) {
  test(`is allowed: ${name}`, (t) => {
    t.same(blamed(file, text), [])
    t.end()
  })
}

test('the check finds what is planted in a tree, and says where', (t) => {
  const root = t.testdir({
    service: { 'app.ts': "\nimport '../worker/run.ts'\n", node_modules: { 'x.ts': "import '../../worker/run.ts'" } },
    worker: { 'run.ts': '' },
  })
  t.same(checkTree(root), {
    files: 2,
    violations: [{ file: 'service/app.ts', line: 2, message: 'service may not import worker (worker/run.ts)' }],
  })
  t.end()
})
