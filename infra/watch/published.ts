import type * as pulumi from '@pulumi/pulumi'

/**
 * Metrics that AWS publishes, as far as we use them: namespace, metric and the dimensions it comes with. Each from the
 * service's own list of metrics, read 2026-11:
 * - AWS/SQS: Amazon SQS developer guide, "Available CloudWatch metrics for Amazon SQS"
 * - AWS/ApplicationELB: user guide for application load balancers, "CloudWatch metrics"
 * - AWS/ECS: Amazon ECS developer guide, "Amazon ECS CloudWatch metrics"
 * - AWS/DynamoDB: Amazon DynamoDB developer guide, "DynamoDB metrics and dimensions"
 * - AWS/Bedrock: Amazon Bedrock user guide, "Monitor the performance of Amazon Bedrock"
 * - AWS/ES: Amazon OpenSearch Service developer guide, "Monitoring OpenSearch cluster metrics"
 * - AWS/AOSS: the same, "Monitoring OpenSearch Serverless with Amazon CloudWatch"
 */
export const published = {
  'AWS/SQS': {
    dimensions: [['QueueName']],
    metrics: [
      'ApproximateNumberOfMessagesVisible',
      'ApproximateNumberOfMessagesDelayed',
      'ApproximateNumberOfMessagesNotVisible',
      'ApproximateAgeOfOldestMessage',
    ],
  },
  'AWS/ApplicationELB': {
    dimensions: [['LoadBalancer'], ['LoadBalancer', 'TargetGroup']],
    metrics: [
      'RequestCount',
      'HTTPCode_ELB_5XX_Count',
      'HTTPCode_Target_5XX_Count',
      'TargetResponseTime',
      'HealthyHostCount',
      'UnHealthyHostCount',
    ],
  },
  'AWS/ECS': { dimensions: [['ClusterName', 'ServiceName']], metrics: ['CPUUtilization', 'MemoryUtilization'] },
  'AWS/DynamoDB': {
    dimensions: [['TableName']],
    metrics: ['ConsumedReadCapacityUnits', 'ConsumedWriteCapacityUnits', 'ReadThrottleEvents', 'WriteThrottleEvents'],
  },
  'AWS/Bedrock': {
    dimensions: [['ModelId']],
    metrics: ['Invocations', 'InvocationLatency', 'InvocationThrottles', 'InputTokenCount', 'OutputTokenCount'],
  },
  'AWS/ES': {
    dimensions: [['ClientId', 'DomainName']],
    metrics: ['SearchLatency', 'IndexingRate', 'ClusterStatus.red', 'FreeStorageSpace', 'JVMMemoryPressure'],
  },
  'AWS/AOSS': {
    dimensions: [
      ['ClientId', 'CollectionId', 'CollectionName'],
      // Of the account, for all classic collections together.
      ['ClientId'],
    ],
    metrics: ['SearchRequestLatency', 'IngestionDocumentRate', 'SearchOCU', 'IndexingOCU', 'SearchRequestErrors'],
  },
} as const

export type Namespace = keyof typeof published
export type PublishedMetric<N extends Namespace> = (typeof published)[N]['metrics'][number]

/** One series: a metric with the values of its dimensions. */
export interface Series {
  namespace: string
  metricName: string
  dimensions: Readonly<Record<string, pulumi.Input<string>>>
}

/** A metric that AWS publishes; one that is not in the list does not compile. */
export function publishedMetric<N extends Namespace>(
  namespace: N,
  metricName: PublishedMetric<N>,
  dimensions: Readonly<Record<string, pulumi.Input<string>>>,
): Series {
  return { namespace, metricName, dimensions }
}

export function queueMetric(metricName: PublishedMetric<'AWS/SQS'>, queueName: pulumi.Input<string>): Series {
  return publishedMetric('AWS/SQS', metricName, { QueueName: queueName })
}
