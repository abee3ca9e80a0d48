import { costing, flag, number, numberOf, oneOf, type StackSetting, text } from './kinds.ts'

/** What runs: the API and the worker. */
export const computeSettings = {
  image: text('Image to run, by its digest; it is built from this folder and pushed when empty'),
  architecture: costing(oneOf('Processor of the tasks; arm64 costs a fifth less', 'arm64', 'arm64', 'x86_64')),
  apiCpu: costing(numberOf('Processor units of an API task; 1024 is one processor', 512, 512, 1024, 2048, 4096)),
  apiMemory: costing(number('Memory of an API task, in MiB', 1024, 1024, 30_720)),
  apiMin: costing(number('Fewest API tasks', 1, 1, 100)),
  apiMax: costing(number('Most API tasks', 4, 1, 100)),
  apiRequestsPerMinute: number('Requests a minute for each API task before another is started', 3000, 10, 1_000_000),
  workerCpu: costing(numberOf('Processor units of a worker task', 1024, 512, 1024, 2048, 4096)),
  workerMemory: costing(number('Memory of a worker task, in MiB', 2048, 1024, 30_720)),
  workerMin: costing(number('Fewest worker tasks; with 0 none runs while nothing is to be done', 1, 0, 100)),
  workerMax: costing(number('Most worker tasks', 4, 1, 100)),
  workerBacklog: number('Messages for each worker task before another is started', 100, 1, 100_000),
  workerSpot: costing(flag('Run workers on spare capacity, which may be taken away with two minutes of notice', false)),
  scratchGb: costing(number('Disk of a task, in GB; the first 20 are free', 20, 20, 200)),
  collector: costing(flag('A collector for OpenTelemetry beside each task, for traces in X-Ray and metrics', true)),
  traceSampling: costing(number('Share of requests that are traced', 0.1, 0, 1)),
  containerInsights: costing(flag('Metrics of ECS by task and container', false)),

  chatModel: costing(oneOf('What writes the answers', 'bedrock', 'extractive', 'bedrock')),
  embedder: costing(oneOf('What makes vectors', 'bedrock', 'none', 'bedrock')),
  reranker: costing(oneOf('What puts the passages found into a better order', 'none', 'none', 'bedrock')),
  strongModel: costing(text('Model that writes the answers; a default of the catalogue when empty')),
  fastModel: costing(text('Model for small steps; a default of the catalogue when empty')),
  embeddingModel: costing(text('Model that makes vectors; a default of the catalogue when empty')),
  rerankModel: costing(text('Model that reranks; a default of the catalogue when empty')),
  embeddingDimensions: costing(number('Dimensions of the vectors', 512, 64, 4096)),
  guardrailId: costing(text('Guardrail of Bedrock that questions and answers pass through')),
  guardrailVersion: text('Version of that guardrail', 'DRAFT'),
} as const satisfies Record<string, StackSetting<unknown>>
