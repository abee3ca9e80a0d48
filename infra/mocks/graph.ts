import * as pulumi from '@pulumi/pulumi'
import type { StackConfig } from '../config.ts'
import { composeStack } from '../stack.ts'
import { account, stateOf } from './state.ts'

/** A resource as the program registered it: what it asked for, and what the mock made of it. */
export interface Node {
  urn: string
  type: string
  name: string
  parent: string
  protect: boolean
  provider: string
  ignoreChanges: string[]
  /** Inputs with what the mock gave for outputs of others; texts of JSON are whole. */
  props: Record<string, unknown>
  /** Inputs and outputs. */
  state: Record<string, unknown>
  /** URNs, by the property that was made of them; '' for dependsOn. */
  uses: Map<string, string[]>
}

export interface Graph {
  config: StackConfig
  nodes: Node[]
  outputs: Record<string, unknown>
  /** What an operator is told at preview. */
  warnings: string[]
  of(type: string): Node[]
  /** The one of this type whose name ends so. @throws Error when there is none, or several */
  one(type: string, ending?: string): Node
}

interface Request {
  getName(): string
  getType(): string
  getParent(): string
  getProtect(): boolean
  getProvider(): string
  getCustom(): boolean
  getIgnorechangesList(): string[]
  getDependenciesList(): string[]
  getPropertydependenciesMap(): { forEach(each: (of: { getUrnsList(): string[] }, name: string) => void): void }
}

/** Composes a stack under mocks, in this process, and waits until everything is registered. */
export async function graphOf(config: StackConfig): Promise<Graph> {
  const nodes: Node[] = []
  const made = new Map<string, { props: Record<string, unknown>; state: Record<string, unknown> }>()
  await pulumi.runtime.setMocks(
    {
      newResource({ type, name, inputs }) {
        const { id, state } = stateOf(type, name, inputs, config)
        made.set(`${type} ${name}`, { props: inputs, state })
        return { id, state }
      },
      call: ({ token, inputs }) => answer(token, inputs, config),
    },
    'kass',
    config.stack,
    false,
  )
  record(nodes, made)
  const { outputs, warnings } = await composed(config)
  for (const node of nodes) Object.assign(node, made.get(`${node.type} ${node.name}`))
  const of = (type: string) => nodes.filter((node) => node.type === type)
  return {
    ...{ config, nodes, of, warnings },
    outputs: isRecord(outputs) ? outputs : {},
    one(type, ending = '') {
      const found = of(type).filter((node) => node.name.endsWith(ending))
      const [node] = found
      if (node === undefined || found.length > 1) {
        throw new Error(`${found.length} of ${type} end in "${ending}": ${found.map(({ name }) => name).join(', ')}`)
      }
      return node
    },
  }
}

/**
 * Composes, and waits for everything. Without an engine warnings are written to standard error: they are kept instead.
 * Pulumi keeps a stack trace for each promise, which is half of the time and only helps to find what never ends.
 */
async function composed(config: StackConfig): Promise<{ outputs: unknown; warnings: string[] }> {
  const warnings: string[] = []
  const { stackTraceLimit } = Error
  const write = console.warn
  try {
    Error.stackTraceLimit = 0
    console.warn = (...texts: unknown[]) => void warnings.push(texts.map(String).join(' '))
    const outputs = await settled(composeStack(config))
    await pulumi.runtime.disconnect()
    return { outputs, warnings }
  } finally {
    Error.stackTraceLimit = stackTraceLimit
    console.warn = write
  }
}

/** The mocks are not told of parents, protection and dependencies; the requests to the monitor are. */
function record(nodes: Node[], made: ReadonlyMap<string, { state: Record<string, unknown> }>): void {
  const monitor: unknown = pulumi.runtime.getMonitor()
  if (!hasRegister(monitor)) throw new Error('the monitor under mocks is not what it was')
  const register = monitor.registerResource.bind(monitor)
  monitor.registerResource = async (request, callback) => {
    await register(request, (error, response) => {
      const key = `${request.getType()} ${request.getName()}`
      nodes.push({
        urn: response?.getUrn() ?? '',
        type: request.getType(),
        name: request.getName(),
        parent: request.getParent(),
        protect: request.getProtect(),
        provider: request.getProvider(),
        ignoreChanges: request.getIgnorechangesList(),
        props: {},
        state: made.get(key)?.state ?? {},
        uses: usesOf(request),
      })
      callback(error, response)
    })
  }
}

function usesOf(request: Request): Map<string, string[]> {
  const uses = new Map<string, string[]>()
  request.getPropertydependenciesMap().forEach((of, name) => {
    uses.set(name, of.getUrnsList())
  })
  const bound = new Set([...uses.values()].flat())
  uses.set(
    '',
    request.getDependenciesList().filter((urn) => !bound.has(urn)),
  )
  return uses
}

interface Monitor {
  registerResource(
    request: Request,
    callback: (error: unknown, response: { getUrn(): string } | undefined) => void,
  ): Promise<void>
}

function hasRegister(value: unknown): value is Monitor {
  return typeof value === 'object' && value !== null && 'registerResource' in value
}

function answer(token: string, inputs: Record<string, unknown>, config: StackConfig): Record<string, unknown> {
  if (token === 'aws:index/getCallerIdentity:getCallerIdentity') return { accountId: account, id: account }
  if (token === 'aws:index/getAvailabilityZones:getAvailabilityZones') {
    return { names: ['a', 'b', 'c'].map((zone) => `${config.region}${zone}`) }
  }
  throw new Error(`the program asks ${token} ${JSON.stringify(inputs)}, which nobody expected`)
}

/** The value of an output, whatever it is made of. */
export function settled(value: unknown): Promise<unknown> {
  return new Promise((resolve) => pulumi.all([value]).apply(([result]) => resolve(result)))
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
