import { parseArgs } from 'node:util'
import { stacks } from '../stack-file.ts'
import { defaultDocuments, type Workload } from './usage.ts'

export const help = `What a month of a stack costs, by service: at least, probably, at most.

  npm run cost                                    every stack, for 10,000, 100,000 and 1,000,000 requests
  npm run cost -- --stack prod --requests 100000

  --stack NAME       ${stacks.join(', ')}; all of them when left out
  --requests N       questions and searches a month; may be given several times
  --documents N      documents that are kept (${defaultDocuments})
  --tokens-in N      tokens of the prompt of an answer, instead of those that were measured
  --tokens-out N     tokens of an answer, instead of those that are assumed
  --prices REGION    with the prices of another region than the stack's
  --summary          one table of all months, in Markdown
  --json             every line with its quantity, price and source, and all assumptions
  --help             this
`

export interface Options {
  stacks: readonly string[]
  workloads: readonly Workload[]
  prices?: string
  summary: boolean
  json: boolean
  help: boolean
}

export class OptionsError extends Error {}

const most = 1e12

function whole(name: string, text: string, least: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= least && value <= most)) {
    throw new OptionsError(`--${name} must be a whole number of ${least} or more, in digits alone, not "${text}".`)
  }
  return value
}

/** @throws OptionsError in one sentence */
export function readOptions(args: readonly string[]): Options {
  const { values } = parsed(args)
  const { stack, prices } = values
  if (stack !== undefined && !stacks.some((known) => known === stack)) {
    throw new OptionsError(`There is no stack "${stack}": there are ${stacks.join(', ')}.`)
  }
  const requests = values.requests?.map((text) => whole('requests', text, 0)) ?? [10_000, 100_000, 1_000_000]
  const documents = values.documents === undefined ? defaultDocuments : whole('documents', values.documents, 0)
  const [tokensIn, tokensOut] = (['tokens-in', 'tokens-out'] as const).map((name) => {
    const text = values[name]
    return text === undefined ? undefined : whole(name, text, 1)
  })
  const about = {
    documents,
    ...(tokensIn !== undefined && { tokensIn }),
    ...(tokensOut !== undefined && { tokensOut }),
  }
  return {
    stacks: stack === undefined ? stacks : [stack],
    workloads: requests.map((each) => ({ requests: each, ...about })),
    ...(prices !== undefined && { prices }),
    summary: values.summary,
    json: values.json,
    help: values.help,
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        stack: { type: 'string' },
        requests: { type: 'string', multiple: true },
        documents: { type: 'string' },
        'tokens-in': { type: 'string' },
        'tokens-out': { type: 'string' },
        prices: { type: 'string' },
        summary: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new OptionsError(error instanceof Error ? error.message : String(error))
  }
}
