import type { StackConfig } from '../config.ts'

/** Of nobody: AWS's own documentation uses it. */
export const account = '123456789012'

/** Kinds of resources whose ARN has the form `arn:aws:<service>:<region>:<account>:<what><name>`. */
const arns: Readonly<Record<string, readonly [service: string, what: string]>> = {
  'aws:dynamodb/table:Table': ['dynamodb', 'table/'],
  'aws:sqs/queue:Queue': ['sqs', ''],
  'aws:sns/topic:Topic': ['sns', ''],
  'aws:kms/key:Key': ['kms', 'key/'],
  'aws:cloudwatch/logGroup:LogGroup': ['logs', 'log-group:'],
  'aws:cloudwatch/eventRule:EventRule': ['events', 'rule/'],
  'aws:cloudwatch/metricAlarm:MetricAlarm': ['cloudwatch', 'alarm:'],
  'aws:secretsmanager/secret:Secret': ['secretsmanager', 'secret:'],
  'aws:ecr/repository:Repository': ['ecr', 'repository/'],
  'aws:ecs/cluster:Cluster': ['ecs', 'cluster/'],
  'aws:ecs/service:Service': ['ecs', 'service/'],
  'aws:ecs/taskDefinition:TaskDefinition': ['ecs', 'task-definition/'],
  'aws:lb/loadBalancer:LoadBalancer': ['elasticloadbalancing', 'loadbalancer/app/'],
  'aws:lb/targetGroup:TargetGroup': ['elasticloadbalancing', 'targetgroup/'],
  'aws:lb/listener:Listener': ['elasticloadbalancing', 'listener/app/'],
  'aws:acm/certificate:Certificate': ['acm', 'certificate/'],
  'aws:opensearch/domain:Domain': ['es', 'domain/'],
  'aws:opensearch/serverlessCollection:ServerlessCollection': ['aoss', 'collection/'],
  'aws:wafv2/webAcl:WebAcl': ['wafv2', 'regional/webacl/'],
  'aws:cognito/userPool:UserPool': ['cognito-idp', 'userpool/'],
  'aws:appautoscaling/policy:Policy': ['autoscaling', 'scalingPolicy/'],
  'aws:backup/vault:Vault': ['backup', 'backup-vault:'],
}

/** What AWS would answer, as far as the program looks at it. Names that it is left to make get a suffix. */
export function stateOf(type: string, name: string, inputs: Record<string, unknown>, { region }: StackConfig) {
  const given = typeof inputs.name === 'string' ? inputs.name : name
  const [service, what] = arns[type] ?? ['none', '']
  const arn = `arn:aws:${service}:${region}:${account}:${what}${given}`
  const id = `${given}-id`
  const common = { arn, name: given, ...inputs }
  return { id, state: { ...common, ...more(type, name, given, region) } }
}

function more(type: string, name: string, given: string, region: string): Record<string, unknown> {
  switch (type) {
    case 'aws:s3/bucket:Bucket':
      return { bucket: `${name}-1a2b3c4`, arn: `arn:aws:s3:::${name}-1a2b3c4` }
    case 'aws:iam/role:Role':
      return { arn: `arn:aws:iam::${account}:role/${given}` }
    case 'aws:sqs/queue:Queue':
      return { url: `https://sqs.${region}.amazonaws.com/${account}/${given}` }
    case 'aws:ec2/vpcEndpoint:VpcEndpoint':
      return { prefixListId: `pl-${name}` }
    case 'aws:lb/loadBalancer:LoadBalancer':
      return { arnSuffix: `app/${given}/50dc`, dnsName: `${given}.elb.amazonaws.com`, zoneId: 'Z215JYRZR1TBD5' }
    case 'aws:lb/targetGroup:TargetGroup':
      return { arnSuffix: `targetgroup/${given}/6d0e` }
    case 'aws:opensearch/domain:Domain':
      return { endpoint: `vpc-${given}.${region}.es.amazonaws.com` }
    case 'aws:opensearch/serverlessCollection:ServerlessCollection':
      return { collectionEndpoint: `https://${given}.${region}.aoss.amazonaws.com` }
    case 'aws:ecr/repository:Repository':
      return { repositoryUrl: `${account}.dkr.ecr.${region}.amazonaws.com/${given}` }
    case 'awsx:ecr:Image':
      return { imageUri: `${account}.dkr.ecr.${region}.amazonaws.com/${name}@sha256:0` }
    case 'aws:acm/certificate:Certificate':
      return {
        domainValidationOptions: [
          { resourceRecordName: '_a.example.com', resourceRecordType: 'CNAME', resourceRecordValue: '_b.acm' },
        ],
      }
    case 'aws:route53/record:Record':
      return { fqdn: given }
    default:
      return {}
  }
}
