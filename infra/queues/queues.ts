import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import { type Base, Component, nameOf, stateful } from '../base.ts'
import { type Admission, type Grant, resourcePolicy } from '../grants.ts'
import type { EncryptionKey } from '../storage/key.ts'

/** A message is invisible for two leases (LEASE_MS), and is extended while it is held. */
export const visibilitySeconds = 60
/** Five times what the worker allows (QUEUE_MAX_RECEIVES): it is for messages that end every worker that reads them. */
export const maxReceives = 50
const fortnight = 14 * 24 * 3600

/** The queue of the jobs, its dead letters, and what EventBridge could not deliver. */
export class Queues extends Component {
  readonly ingest: aws.sqs.Queue
  readonly deadLetters: aws.sqs.Queue
  readonly undelivered: aws.sqs.Queue
  readonly #base: Base

  constructor(base: Base, args: { key: EncryptionKey }) {
    super('Queues', base)
    this.#base = base
    const { arn } = args.key
    const common = {
      messageRetentionSeconds: fortnight,
      ...(arn ? { kmsMasterKeyId: arn, kmsDataKeyReusePeriodSeconds: 3600 } : { sqsManagedSseEnabled: true }),
    }
    const make = (part: string, more: aws.sqs.QueueArgs = {}) =>
      new aws.sqs.Queue(
        nameOf(base, part),
        { name: nameOf(base, part), ...common, ...more },
        { parent: this, ...stateful },
      )
    this.deadLetters = make('dead-letters')
    this.undelivered = make('undelivered')
    this.ingest = make('ingest', {
      visibilityTimeoutSeconds: visibilitySeconds,
      receiveWaitTimeSeconds: 20,
      redrivePolicy: pulumi.jsonStringify({ deadLetterTargetArn: this.deadLetters.arn, maxReceiveCount: maxReceives }),
    })
    new aws.sqs.RedriveAllowPolicy(
      nameOf(base, 'dead-letters'),
      {
        queueUrl: this.deadLetters.url,
        redriveAllowPolicy: pulumi.jsonStringify({ redrivePermission: 'byQueue', sourceQueueArns: [this.ingest.arn] }),
      },
      { parent: this },
    )
  }

  /** Admits these sources and nobody else; our own roles have rights of their own. */
  admit(sources: { bucketArn: pulumi.Input<string>; ruleArns: readonly pulumi.Input<string>[] }): aws.sqs.QueuePolicy {
    const { account } = this.#base
    const from = (service: string, queue: aws.sqs.Queue, arns: readonly pulumi.Input<string>[]): Admission => ({
      sid: `From${service}`,
      principal: { Service: `${service}.amazonaws.com` },
      actions: ['sqs:SendMessage'],
      resources: [queue.arn],
      conditions: { StringEquals: { 'aws:SourceAccount': account }, ArnEquals: { 'aws:SourceArn': arns } },
    })
    const policyOf = (part: string, queue: aws.sqs.Queue, admitted: Admission[]) =>
      new aws.sqs.QueuePolicy(
        nameOf(this.#base, part),
        { queueUrl: queue.url, policy: resourcePolicy(admitted, [onlyByTls(queue)]) },
        { parent: this },
      )
    policyOf('undelivered', this.undelivered, [from('events', this.undelivered, sources.ruleArns)])
    policyOf('dead-letters', this.deadLetters, [])
    return policyOf('ingest', this.ingest, [
      from('s3', this.ingest, [sources.bucketArn]),
      from('events', this.ingest, sources.ruleArns),
    ])
  }

  /** Sending jobs, and knowing how many wait. */
  grantSend(): Grant[] {
    return [
      { sid: 'SendJobs', actions: ['sqs:SendMessage', 'sqs:GetQueueAttributes'], resources: [this.ingest.arn] },
      { sid: 'CountDeadLetters', actions: ['sqs:GetQueueAttributes'], resources: [this.deadLetters.arn] },
    ]
  }

  /** Taking jobs, putting them off as copies, and burying those that nobody can do. */
  grantConsume(): Grant[] {
    const actions = ['ChangeMessageVisibility', 'DeleteMessage', 'GetQueueAttributes', 'ReceiveMessage', 'SendMessage']
    return [
      { sid: 'TakeJobs', actions: actions.map((action) => `sqs:${action}`), resources: [this.ingest.arn] },
      { sid: 'Bury', actions: ['sqs:SendMessage', 'sqs:GetQueueAttributes'], resources: [this.deadLetters.arn] },
    ]
  }
}

function onlyByTls(queue: aws.sqs.Queue): Admission {
  return {
    sid: 'OnlyByTls',
    // Everyone, since it denies.
    principal: { AWS: '*' },
    actions: ['sqs:*'],
    resources: [queue.arn],
    conditions: { Bool: { 'aws:SecureTransport': 'false' } },
  }
}
