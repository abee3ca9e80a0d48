/**
 * `node tools/provision.ts [--key-file FILE] [--wait-ms N] [--real]`: makes what STORAGE=aws stands on, by the names in the
 * settings: buckets with their notifications, queues, tables, the index. What is there already stays as it is.
 */
import { parseArgs } from 'node:util'
import { createTables } from '../shared/adapters/dynamodb/provision.ts'
import { prepareIndex } from '../shared/adapters/opensearch/provision.ts'
import { createBuckets } from '../shared/adapters/s3/provision.ts'
import { createQueues } from '../shared/adapters/sqs/provision.ts'
import { type Config, ConfigError, loadConfig } from '../shared/config.ts'
import { createLogger, type Logger } from '../shared/logger.ts'
import { awsOptions } from '../shared/wire/aws-options.ts'
import { openSearchOptions } from '../shared/wire/opensearch-options.ts'
import { wire } from '../shared/wire.ts'
import { developmentKey } from './provision/development-key.ts'
import { untilAnswering } from './provision/wait.ts'

export interface Provisioned {
  /** As the service gave them; they go into INGEST_QUEUE_URL and DEAD_LETTER_QUEUE_URL. */
  ingestUrl: string
  deadLetterUrl: string
}

export interface ProvisionOptions {
  logger: Logger
  /** How long emulators that were just started are waited for. */
  waitMs?: number
  /** AWS itself, where things cost money, is only touched when this says so. */
  real?: boolean
}

/**
 * Makes everything that the settings name; may be repeated at any time. Of the queues' addresses only the names at their
 * ends count: whoever makes the queues learns their addresses here.
 * @throws Error in one sentence, when the settings do not allow it or something does not answer
 */
export async function provision(config: Config, options: ProvisionOptions): Promise<Provisioned> {
  const { logger, waitMs = 120_000, real = false } = options
  if (config.STORAGE !== 'aws') throw new Error('There is nothing to provision without STORAGE=aws.')
  if (config.AWS_ENDPOINT_URL === '' && !real) {
    throw new Error('AWS_ENDPOINT_URL names no emulator, so this would be AWS itself: --real allows that.')
  }
  if (!real) {
    const targets = (['AWS_ENDPOINT_URL', 'OPENSEARCH_URL'] as const).map((setting) => ({
      setting,
      url: config[setting],
    }))
    await untilAnswering(targets, { limitMs: waitMs, logger })
  }
  const [queues] = await Promise.all([
    queuesAndBuckets(),
    createTables(awsOptions(config, 'DYNAMODB'), {
      documents: config.DOCUMENTS_TABLE,
      conversations: config.CONVERSATIONS_TABLE,
      cache: config.CACHE_TABLE,
      access: config.ACCESS_TABLE,
    }),
    prepareIndex(openSearchOptions(config, logger)),
  ])
  return queues

  async function queuesAndBuckets(): Promise<Provisioned> {
    const names = { ingest: nameOf(config.INGEST_QUEUE_URL), deadLetter: nameOf(config.DEAD_LETTER_QUEUE_URL) }
    const about = { visibilityMs: 2 * config.LEASE_MS, maxReceives: config.QUEUE_MAX_RECEIVES }
    const { ingestUrl, deadLetterUrl, ingestArn } = await createQueues(awsOptions(config, 'SQS'), names, about)
    // A bucket can only tell a queue that is there.
    await createBuckets(
      awsOptions(config, 'S3'),
      { documents: config.DOCUMENTS_BUCKET, derived: config.DERIVED_BUCKET },
      ingestArn,
    )
    return { ingestUrl, deadLetterUrl }
  }
}

/** `http://…/000000000000/kass-ingest` is the queue `kass-ingest`. */
function nameOf(queueUrl: string): string {
  return queueUrl.slice(queueUrl.lastIndexOf('/') + 1)
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'key-file': { type: 'string' },
      'wait-ms': { type: 'string', default: '120000' },
      real: { type: 'boolean', default: false },
    },
  })
  const config = loadConfig(process.env)
  const logger = createLogger({ level: config.LOG_LEVEL, name: 'provision' })
  const made = await provision(config, { logger, waitMs: Number(values['wait-ms']), real: values.real })
  logger.info({ ...made, index: config.OPENSEARCH_INDEX, bucket: config.DOCUMENTS_BUCKET }, 'everything is there')
  const file = values['key-file']
  if (file === undefined) return
  const { ports, close } = await wire(config, { logger, role: 'tool' })
  try {
    const { state, text } = await developmentKey(ports.access, file, Date.now())
    if (state === 'made') console.log(`Development key, kept in ${file}:\n${text}`)
    else if (state === 'revoked')
      console.log(`The development key in ${file} is revoked: remove that file to get a new one.`)
    else console.log(`The development key is in ${file}.`)
  } finally {
    await close()
  }
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    const plain = error instanceof ConfigError || (error instanceof Error && error.constructor === Error)
    console.error(plain ? error.message : error)
    process.exit(1)
  })
}
