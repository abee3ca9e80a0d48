import { join } from 'node:path'
import * as aws from '@pulumi/aws'
import * as awsx from '@pulumi/awsx'
import * as pulumi from '@pulumi/pulumi'
import { type Base, Component, nameOf } from '../base.ts'
import type { Grant } from '../grants.ts'

const root = join(import.meta.dirname, '../..')

/** The repository of our own images, and the images: built here and pushed, unless one is configured. */
export class Images extends Component {
  /** API and worker. */
  readonly app: pulumi.Output<string>
  /** The collector with its configuration inside: where there is no internet, nothing could be fetched from it. */
  readonly collector: pulumi.Output<string> | undefined
  readonly #repository: aws.ecr.Repository

  constructor(base: Base, args: { keyArn: pulumi.Output<string> | undefined }) {
    super('Images', base)
    const { config } = base
    const opts = { parent: this }
    const name = nameOf(base, 'images')
    this.#repository = new aws.ecr.Repository(
      name,
      {
        name: `kass-${config.stack}`,
        imageTagMutability: 'IMMUTABLE',
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfigurations: [
          args.keyArn ? { encryptionType: 'KMS', kmsKey: args.keyArn } : { encryptionType: 'AES256' },
        ],
        // Images can be built again; a teardown takes them along.
        forceDelete: true,
      },
      opts,
    )
    const keepLatest = {
      rulePriority: 1,
      description: 'What was deployed lately, for going back',
      selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 30 },
      action: { type: 'expire' },
    }
    new aws.ecr.LifecyclePolicy(
      name,
      { repository: this.#repository.name, policy: JSON.stringify({ rules: [keepLatest] }) },
      opts,
    )
    const platform = config.architecture === 'arm64' ? 'linux/arm64' : 'linux/amd64'
    const build = (part: string, context: string) =>
      new awsx.ecr.Image(
        nameOf(base, part),
        { repositoryUrl: this.#repository.repositoryUrl, context, dockerfile: join(context, 'Dockerfile'), platform },
        opts,
      ).imageUri
    this.app = config.image === '' ? build('app', root) : pulumi.output(config.image)
    if (config.collector) this.collector = build('collector', join(root, 'infra/collector'))
  }

  /** Fetching the images, for whoever starts the tasks. */
  grantPull(): Grant[] {
    const fetch = ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage']
    return [
      { sid: 'FetchImages', actions: fetch, resources: [this.#repository.arn] },
      // It belongs to no repository: there is no other form.
      { sid: 'LogInToRegistry', actions: ['ecr:GetAuthorizationToken'], resources: ['*'] },
    ]
  }
}
