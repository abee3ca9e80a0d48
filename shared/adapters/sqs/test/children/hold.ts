/** Takes messages and never settles them; says each on a line. */
import { createSqs } from '../../client.ts'
import { createSqsQueue } from '../../queue.ts'
import { awsOptions, limits } from '../open.ts'

const [queueUrl = '', deadLetterUrl = ''] = process.argv.slice(2)
const { client } = createSqs(awsOptions())
await createSqsQueue({ client, queueUrl, deadLetterUrl, ...limits, waitSeconds: 1 }).consume(
  async (job, { receives }) => {
    process.stdout.write(`${JSON.stringify(job)} ${receives}\n`)
    return new Promise(() => {})
  },
  { concurrency: 2, signal: new AbortController().signal },
)
