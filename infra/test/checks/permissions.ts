import type { Role } from '../../../shared/adapters/bedrock/catalogue.ts'
import type { Graph } from '../../mocks/graph.ts'
import { account } from '../../mocks/state.ts'
import { modelsOf } from '../../models.ts'

/** What each call to S3 needs (Amazon S3 user guide, "Required permissions for Amazon S3 API operations"). */
const s3: Readonly<Record<string, readonly [action: string, of: 'bucket' | 'object'][]>> = {
  AbortMultipartUpload: [['AbortMultipartUpload', 'object']],
  CompleteMultipartUpload: [['PutObject', 'object']],
  CreateMultipartUpload: [['PutObject', 'object']],
  DeleteObject: [['DeleteObject', 'object']],
  GetBucketNotificationConfiguration: [['GetBucketNotification', 'bucket']],
  GetBucketVersioning: [['GetBucketVersioning', 'bucket']],
  GetObject: [['GetObject', 'object']],
  HeadBucket: [['ListBucket', 'bucket']],
  HeadObject: [['GetObject', 'object']],
  ListObjectVersions: [['ListBucketVersions', 'bucket']],
  ListObjectsV2: [['ListBucket', 'bucket']],
  PutObject: [['PutObject', 'object']],
  UploadPart: [['PutObject', 'object']],
}

/** The parts that transactions on a table have (shared/adapters/dynamodb): each needs a right of its own. */
const transactions: Readonly<Record<string, readonly string[]>> = {
  documents: ['PutItem', 'UpdateItem', 'DeleteItem'],
  conversations: ['PutItem', 'UpdateItem', 'DeleteItem'],
  access: ['PutItem'],
}

/** The permissions that one recorded call needs in this stack, in the words `<action> <short name>`. */
export function permissionsOf(service: string, call: string, of: string, graph: Graph): string[] {
  switch (service) {
    case 's3':
      return ofS3(call, of)
    case 'dynamodb':
      return (call === 'TransactWriteItems' ? (transactions[of] ?? ['?']) : [call]).map(
        (one) => `dynamodb:${one} ${of}`,
      )
    case 'sqs': {
      const queue = of === 'dead' || of === 'dead_letter' ? 'dead-letters' : of
      return [`sqs:${call.replace(/Batch$/, '')} ${queue}`]
    }
    case 'bedrock':
      return ofBedrock(call, of, graph)
    case 'es':
      return graph.config.search === 'domain' ? [`es:${call} ${domainArn(graph)}/*`] : []
    case 'aoss':
      return graph.config.search === 'serverless' ? [`aoss:${call} ${collectionArn(graph)}`] : []
    default:
      return [`nobody knows ${service}`]
  }
}

function ofS3(call: string, bucket: string): string[] {
  const needed = s3[call] ?? [['?', 'bucket']]
  return needed.flatMap(([action, of]) => {
    const where = of === 'object' ? `${bucket}/*` : bucket
    // The documents are versioned, and their calls name the version.
    const versions = bucket === 'documents' && (action === 'GetObject' || action === 'DeleteObject')
    return [`s3:${action} ${where}`, ...(versions ? [`s3:${action}Version ${where}`] : [])]
  })
}

/** A recorded model stands for the roles that call it so: chat by streams, vectors and reranking at once. */
function ofBedrock(call: string, of: string, graph: Graph): string[] {
  const { config } = graph
  const roles: Role[] = call === 'ConverseStream' ? ['strong', 'fast'] : of.includes('rerank') ? ['rerank'] : ['embed']
  const action = call === 'ConverseStream' ? 'bedrock:InvokeModelWithResponseStream' : 'bedrock:InvokeModel'
  const models = modelsOf(config)
  const permissions = roles.flatMap((role) => {
    const model = models[role]
    if (model === undefined) return []
    const foundation = (region: string) => `${action} arn:aws:bedrock:${region}::foundation-model/${model.name}`
    if (model.geography === undefined) return [foundation(config.region)]
    const where = { eu: ['eu-*'], us: ['us-*', 'ca-*'], global: ['*', ''] }[String(model.geography)] ?? ['?']
    const profile = `arn:aws:bedrock:${config.region}:${account}:inference-profile/${model.id}`
    return [`${action} ${profile}`, ...where.map(foundation)]
  })
  const guarded = roles.includes('strong') && models.strong && config.guardrailId !== ''
  const guardrail = `arn:aws:bedrock:${config.region}:${account}:guardrail/${config.guardrailId}`
  return [...permissions, ...(guarded ? [`bedrock:ApplyGuardrail ${guardrail}`] : [])]
}

const domainArn = (graph: Graph) => String(graph.one('aws:opensearch/domain:Domain').state.arn)
const collectionArn = (graph: Graph) =>
  String(graph.one('aws:opensearch/serverlessCollection:ServerlessCollection').state.arn)
