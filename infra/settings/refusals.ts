import type { StackConfig } from '../config.ts'

/** What single values cannot show: settings that exclude each other. Each is refused at preview, with its reason. */
export function* refusals(config: StackConfig): Iterable<string> {
  if (!/^[a-z][a-z0-9-]{0,15}$/.test(config.stack)) {
    yield `the stack's name must be up to 16 small letters, digits and hyphens, since it goes into every name`
  }
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(config.region)) yield 'aws:region must be a region, such as eu-central-1'
  yield* ofNetwork(config)
  yield* ofCompute(config)
  yield* ofSearch(config)
}

function* ofNetwork(config: StackConfig): Iterable<string> {
  if (config.egress === 'endpoints' && config.channels.length > 0) {
    yield `kass:channels has ${config.channels.join(', ')}, which call services on the internet, and with kass:egress endpoints there is no way there: set kass:egress to nat or both`
  }
  if (config.egress === 'endpoints' && config.cognito) {
    yield 'kass:cognito needs a way to the internet, since a user pool that people log in to has no endpoint in a network: set kass:egress to nat or both'
  }
  if (config.cognito && config.domain === '') {
    yield 'kass:cognito needs kass:domain: people are only sent back to an address with HTTPS'
  }
  if (config.egress === 'endpoints' && config.natPerZone) {
    yield 'kass:natPerZone asks for NAT gateways, and kass:egress endpoints has none'
  }
  if (config.domain !== '' && config.hostedZoneId === '') {
    yield 'kass:domain needs kass:hostedZoneId, the Route 53 zone in which its certificate is proven'
  }
  if (config.domain !== '' && config.allowHttp) {
    yield 'kass:allowHttp is for stacks without a domain: with one, nothing listens but HTTPS'
  }
  if (config.domain === '' && !config.allowHttp) {
    yield 'without kass:domain there is no certificate, so nothing would listen: set kass:domain, or kass:allowHttp in dev'
  }
  if (config.allowHttp && config.allowedCidr === '0.0.0.0/0') {
    yield 'kass:allowHttp needs kass:allowedCidr, the addresses that may call: plain HTTP is not opened to the world'
  }
  if (config.allowHttp && config.stack === 'prod') {
    yield 'kass:allowHttp is not for prod: keys and documents would be readable on the way'
  }
}

function* ofCompute(config: StackConfig): Iterable<string> {
  if (config.chatModel === 'openai-compatible') {
    if (config.openaiUrl === '' || config.openaiChatModel === '') {
      yield 'kass:chatModel openai-compatible needs kass:openaiUrl and kass:openaiChatModel'
    }
    if (config.egress === 'endpoints') {
      yield 'kass:chatModel openai-compatible calls a server outside, and with kass:egress endpoints there is no way there: set kass:egress to nat or both'
    }
  }
  if (config.apiMin > config.apiMax) yield 'kass:apiMin is above kass:apiMax'
  if (config.workerMin > config.workerMax) yield 'kass:workerMin is above kass:workerMax'
  for (const which of ['api', 'worker'] as const) {
    const [cpu, memory] = [config[`${which}Cpu`], config[`${which}Memory`]]
    if (!fargateMemory(cpu).includes(memory)) {
      yield `kass:${which}Memory ${memory} does not go with kass:${which}Cpu ${cpu}: Fargate has ${fargateMemory(cpu).join(', ')}`
    }
  }
}

/** Memory that Fargate has for so many processor units (Amazon ECS developer guide, "Task CPU and memory"). */
function fargateMemory(cpu: number): number[] {
  if (cpu === 512) return [1, 2, 3, 4].map((gib) => gib * 1024)
  const factor = cpu / 1024
  return Array.from({ length: 6 * factor + 1 }, (_, step) => (2 * factor + step) * 1024)
}

function* ofSearch(config: StackConfig): Iterable<string> {
  if (config.search === 'domain' && config.domainInstances > 1 && config.domainInstances % config.zones !== 0) {
    yield `kass:domainInstances ${config.domainInstances} cannot be spread evenly over kass:zones ${config.zones}`
  }
  if (config.search === 'serverless') {
    const given = [config.serverlessIndexingOcu, config.serverlessSearchOcu]
    const classic = config.serverlessGeneration === 'classic'
    if (classic && given.some((ocu) => ocu < 2)) yield 'classic collections need kass:serverless…Ocu of at least 2'
    if (!classic && !given.every((ocu) => [1, 2, 4, 8].includes(ocu) || ocu % 16 === 0)) {
      yield 'kass:serverlessGeneration nextgen knows kass:serverless…Ocu of 1, 2, 4, 8 and multiples of 16 only'
    }
  }
  if (config.search === 'domain' && config.domainMasterType !== '' && config.domainInstances < 2) {
    yield 'kass:domainMasterType is for domains of several machines'
  }
}
