import * as aws from '@pulumi/aws'
import { type Base, Component, nameOf } from '../base.ts'

type Rule = aws.types.input.wafv2.WebAclRule

/** Rules that look into bodies, and would find in documents what they look for. They count, and don't refuse. */
const bodyRules = [
  'SizeRestrictions_BODY',
  'CrossSiteScripting_BODY',
  'GenericLFI_BODY',
  'GenericRFI_BODY',
  'EC2MetaDataSSRF_BODY',
]

/** The web application firewall: what AWS knows to be bad, a rate for each address, and bodies that are too large. */
export class WebFirewall extends Component {
  readonly acl: aws.wafv2.WebAcl

  constructor(base: Base, args: { balancer: aws.lb.LoadBalancer }) {
    super('WebFirewall', base)
    const { config } = base
    const name = nameOf(base, 'api')
    this.acl = new aws.wafv2.WebAcl(
      name,
      {
        name,
        scope: 'REGIONAL',
        defaultAction: { allow: {} },
        visibilityConfig: visible('all'),
        rules: [
          rate(0, config.wafRequestsPerFiveMinutes),
          tooLarge(1),
          managed(2, 'AWSManagedRulesAmazonIpReputationList', []),
          managed(3, 'AWSManagedRulesKnownBadInputsRuleSet', []),
          managed(4, 'AWSManagedRulesCommonRuleSet', bodyRules),
        ],
      },
      { parent: this },
    )
    new aws.wafv2.WebAclAssociation(name, { resourceArn: args.balancer.arn, webAclArn: this.acl.arn }, { parent: this })
    this.#log(base)
  }

  /** What was refused; keys don't belong into a log. */
  #log(base: Base): void {
    const { config } = base
    // The service writes into groups of such names only.
    const group = new aws.cloudwatch.LogGroup(
      nameOf(base, 'waf'),
      { name: `aws-waf-logs-kass-${config.stack}`, retentionInDays: config.logDays },
      { parent: this },
    )
    new aws.wafv2.WebAclLoggingConfiguration(
      nameOf(base, 'waf'),
      {
        resourceArn: this.acl.arn,
        logDestinationConfigs: [group.arn],
        redactedFields: [{ singleHeader: { name: 'x-api-key' } }, { singleHeader: { name: 'authorization' } }],
        loggingFilter: {
          defaultBehavior: 'DROP',
          filters: [
            { behavior: 'KEEP', requirement: 'MEETS_ANY', conditions: [{ actionCondition: { action: 'BLOCK' } }] },
          ],
        },
      },
      { parent: this },
    )
  }
}

const visible = (metricName: string) => ({ cloudwatchMetricsEnabled: true, metricName, sampledRequestsEnabled: true })

function managed(priority: number, name: string, counted: readonly string[]): Rule {
  return {
    name,
    priority,
    overrideAction: { none: {} },
    statement: {
      managedRuleGroupStatement: {
        vendorName: 'AWS',
        name,
        ruleActionOverrides: counted.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
      },
    },
    visibilityConfig: visible(name),
  }
}

function rate(priority: number, limit: number): Rule {
  return {
    name: 'rate',
    priority,
    action: { block: { customResponse: { responseCode: 429 } } },
    statement: { rateBasedStatement: { limit, aggregateKeyType: 'IP', evaluationWindowSec: 300 } },
    visibilityConfig: visible('rate'),
  }
}

/** A body of a megabyte or more is an upload, or a mistake. The length is told by its digits: bodies are seen in part only. */
function tooLarge(priority: number): Rule {
  const plain = [
    {
      regexMatchStatement: {
        fieldToMatch: { singleHeader: { name: 'content-length' } },
        regexString: '^[0-9]{7,}$',
        textTransformations: [{ priority: 0, type: 'NONE' }],
      },
    },
    {
      notStatement: {
        statement: {
          byteMatchStatement: {
            fieldToMatch: { uriPath: {} },
            positionalConstraint: 'STARTS_WITH',
            searchString: '/documents',
            textTransformations: [{ priority: 0, type: 'NONE' }],
          },
        },
      },
    },
  ]
  return {
    name: 'too-large',
    priority,
    action: { block: { customResponse: { responseCode: 413 } } },
    statement: { andStatement: { statements: plain } },
    visibilityConfig: visible('too-large'),
  }
}
