import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import ts from 'typescript'
import { alarmsFile, alarmsTable } from '../alarms-table.ts'
import { scratchPath } from '../compute/environment.ts'
import { workerSteps } from '../compute/scaling.ts'
import { architecture, diagramFile } from '../diagram.ts'

const folder = join(import.meta.dirname, '..')
const read = (file: string) => readFileSync(join(folder, file), 'utf8')

/** Resources that are made where the engine would not see them at preview: inside `apply`. */
function madeInsideApply(source: string): string[] {
  const found: string[] = []
  const visit = (node: ts.Node, inside: boolean): void => {
    const applies = ts.isCallExpression(node) && /\.(apply|then)$/.test(node.expression.getText())
    if (inside && ts.isNewExpression(node)) found.push(node.expression.getText())
    ts.forEachChild(node, (child) => visit(child, inside || applies))
  }
  visit(ts.createSourceFile('x.ts', source, ts.ScriptTarget.Latest, true), false)
  return found.filter((name) => !['Set', 'Map', 'Error', 'URL', 'RegExp', 'Date'].includes(name))
}

t.test('no resource is made inside apply', async (t) => {
  const files = globSync('**/*.ts', { cwd: folder, exclude: ['test/**', 'mocks/**'] })
  t.ok(files.length > 20)
  for (const file of files) t.same(madeInsideApply(read(file)), [], file)
  t.same(madeInsideApply('bucket.apply((id) => { new aws.s3.BucketPolicy(id, {}) })'), ['aws.s3.BucketPolicy'])
})

t.test('the index only composes', async (t) => {
  t.notMatch(read('index.ts'), /new aws\./)
})

t.test('the image names the folder that Fargate mounts, so that a user without rights may write there', async (t) => {
  t.match(read('../Dockerfile'), `VOLUME ["${scratchPath}"]`)
})

t.test('a worker task is added for each backlog, from the first message to the largest number', async (t) => {
  const tasksFor = (backlog: number, steps: ReturnType<typeof workerSteps>) =>
    steps.filter(
      ({ metricIntervalLowerBound: from, metricIntervalUpperBound: to }) =>
        // Alarms ring above 0, where the bounds begin.
        backlog >= Number(from) && (to === undefined || backlog < Number(to)),
    )
  const steps = workerSteps(1, 4, 100)
  const wanted = [
    [1, 1],
    [99, 1],
    [100, 2],
    [250, 3],
    [399, 4],
    [100_000, 4],
  ] as const
  for (const [backlog, tasks] of wanted) {
    t.match(tasksFor(backlog, steps), [{ scalingAdjustment: tasks }], `${backlog} messages`)
    t.equal(tasksFor(backlog, steps).length, 1, 'bounds do not overlap')
  }
  t.same(workerSteps(2, 2, 100), [{ metricIntervalLowerBound: '0', scalingAdjustment: 2 }])
})

t.test('the picture in the documents is the one that is drawn', async (t) => {
  t.equal(readFileSync(diagramFile, 'utf8'), await architecture())
})

t.test('the table of alarms in the documents is the one that the code makes', async (t) => {
  t.equal(readFileSync(alarmsFile, 'utf8'), alarmsTable())
})
