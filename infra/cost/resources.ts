/**
 * Every kind of resource that the program makes: the services of the bill that it is paid by, or why it costs nothing. A
 * test holds this to the stacks, in both directions.
 */
export const resources: Readonly<Record<string, { paid: readonly string[] } | { free: string }>> = {
  'aws:lb/loadBalancer:LoadBalancer': { paid: ['Load balancer', 'Data transfer'] },
  'aws:ec2/natGateway:NatGateway': { paid: ['NAT gateways'] },
  'aws:ec2/eip:Eip': { paid: ['NAT gateways'] },
  // Those of S3 and DynamoDB are gateways, and free.
  'aws:ec2/vpcEndpoint:VpcEndpoint': { paid: ['Interface endpoints'] },
  'aws:opensearch/serverlessVpcEndpoint:ServerlessVpcEndpoint': { paid: ['Interface endpoints'] },
  'aws:ec2/flowLog:FlowLog': { paid: ['Network logs'] },
  'aws:wafv2/webAcl:WebAcl': { paid: ['Firewall'] },
  'aws:cognito/userPool:UserPool': { paid: ['Cognito'] },
  'aws:ecs/service:Service': { paid: ['Fargate', 'Bedrock'] },
  'aws:ecr/repository:Repository': { paid: ['Container images'] },
  'aws:opensearch/domain:Domain': { paid: ['OpenSearch'] },
  'aws:opensearch/serverlessCollection:ServerlessCollection': { paid: ['OpenSearch'] },
  'aws:s3/bucket:Bucket': { paid: ['S3'] },
  'aws:dynamodb/table:Table': { paid: ['DynamoDB'] },
  'aws:sqs/queue:Queue': { paid: ['SQS'] },
  'aws:backup/vault:Vault': { paid: ['Backup'] },
  'aws:cloudwatch/logGroup:LogGroup': { paid: ['CloudWatch', 'X-Ray'] },
  'aws:cloudwatch/metricAlarm:MetricAlarm': { paid: ['CloudWatch'] },
  'aws:cloudwatch/dashboard:Dashboard': { paid: ['CloudWatch'] },
  'aws:secretsmanager/secret:Secret': { paid: ['Secrets and keys'] },

  'aws:kms/key:Key': { paid: ['Secrets and keys'] },
  'aws:cloudtrail/trail:Trail': { paid: ['Account'] },
  'aws:guardduty/detector:Detector': { paid: ['Account'] },

  'aws:appautoscaling/policy:Policy': { free: 'the alarms that it makes are counted with the alarms' },
  'aws:appautoscaling/target:Target': { free: 'scaling costs what it starts' },
  'aws:ecs/cluster:Cluster': { free: 'its tasks are paid; its metrics of containers are counted as metrics' },
  'aws:ecs/clusterCapacityProviders:ClusterCapacityProviders': { free: 'a choice of the cluster' },
  'aws:ecs/taskDefinition:TaskDefinition': { free: 'a text' },
  'aws:ecr/lifecyclePolicy:LifecyclePolicy': { free: 'removing images costs nothing' },
  'awsx:ecr:Image': { free: 'built on the machine that deploys; the repository is paid' },
  'aws:backup/plan:Plan': { free: 'what is kept is paid, with the vault' },
  'aws:backup/selection:Selection': { free: 'part of the plan' },
  'aws:budgets/budget:Budget': { free: 'budgets that only tell cost nothing' },
  'aws:costexplorer/anomalyMonitor:AnomalyMonitor': { free: 'free of charge' },
  'aws:costexplorer/anomalySubscription:AnomalySubscription': { free: 'free of charge' },
  'aws:cloudwatch/eventRule:EventRule': { free: 'schedules and events of AWS cost nothing' },
  'aws:cloudwatch/eventTarget:EventTarget': { free: 'delivery to a queue costs nothing; the queue is paid' },
  'aws:cloudwatch/queryDefinition:QueryDefinition': { free: 'a saved text; running it costs by the log that it reads' },
  'aws:sns/topic:Topic': { free: 'a thousand messages by mail a month are free' },
  'aws:sns/topicSubscription:TopicSubscription': { free: 'part of the topic' },
  'aws:acm/certificate:Certificate': { free: 'public certificates are free' },
  'aws:acm/certificateValidation:CertificateValidation': { free: 'no resource of AWS' },
  'aws:route53/record:Record': {
    free: 'queries for aliases of load balancers are free; the zone is not of this stack',
  },
  'aws:lb/listener:Listener': { free: 'part of the load balancer' },
  'aws:lb/targetGroup:TargetGroup': { free: 'part of the load balancer' },
  'aws:opensearch/serverlessCollectionGroup:ServerlessCollectionGroup': { free: 'its collections are paid' },
  'aws:wafv2/webAclAssociation:WebAclAssociation': { free: 'part of the firewall' },
  'aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration': { free: 'refusals only; counted with the logs' },
}

/** Networks, rights and settings of others: nothing of them is billed. */
export const freeKinds: readonly RegExp[] = [
  /^aws:iam\//,
  /^aws:vpc\//,
  /^aws:ec2\/(vpc|subnet|internetGateway|route|routeTable|routeTableAssociation|securityGroup|defaultSecurityGroup):/,
  /^aws:kms\/alias:/,
  /^aws:cognito\/(resourceServer|userPoolClient|userPoolDomain):/,
  /^aws:opensearch\/(domainPolicy|serverlessAccessPolicy|serverlessSecurityPolicy):/,
  /^aws:s3\/bucket[A-Z]/,
  /^aws:sns\/topicPolicy:/,
  /^aws:sqs\/(queuePolicy|redriveAllowPolicy):/,
  /^pulumi:providers:/,
  // Components of ours, which are made of the others.
  /^kass:infra:/,
]
