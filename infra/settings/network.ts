import { costing, flag, number, numberOf, oneOf, type StackSetting, someOf, text } from './kinds.ts'

/** The network, and how callers come in. */
export const networkSettings = {
  zones: costing(numberOf('Availability zones; interface endpoints and NAT gateways are paid for each', 2, 2, 3)),
  vpcCidr: text('Addresses of the network', '10.40.0.0/16', /^\d+\.\d+\.\d+\.\d+\/16$/, 'a /16 such as 10.40.0.0/16'),
  egress: costing(
    oneOf(
      'How tasks reach what is outside: AWS by interface endpoints, everything by NAT, or both',
      'nat',
      'endpoints',
      'nat',
      'both',
    ),
  ),
  natPerZone: costing(flag('A NAT gateway in each zone, so that one zone may fail; otherwise one for all', false)),
  flowLogs: costing(flag('Log which addresses talk to each other', false)),
  channels: costing(someOf('Channels that call services on the internet', 'discord', 'slack', 'gitlab')),

  domain: text(
    'Name of the API, for example kass.example.com; with it comes HTTPS',
    '',
    /^[a-z0-9-]+(\.[a-z0-9-]+)+$/,
    'a host name',
  ),
  hostedZoneId: text('Route 53 zone that the name is made in', '', /^Z[A-Z0-9]+$/, 'the id of a hosted zone, Z…'),
  allowHttp: flag(
    'Serve plain HTTP where no domain is configured; keys and documents are then readable on the way',
    false,
  ),
  allowedCidr: text('Addresses that may call the API', '0.0.0.0/0', /^\d+\.\d+\.\d+\.\d+\/\d+$/, 'an address range'),
  accessLogs: costing(flag('Access logs of the load balancer, in a bucket of their own', true)),
  waf: costing(flag('Web application firewall: managed rules, a rate for each address, a limit for bodies', false)),
  wafRequestsPerFiveMinutes: number(
    'Requests in five minutes after which an address is refused',
    10_000,
    100,
    2_000_000,
  ),
  cognito: costing(flag('A Cognito user pool whose tokens the API takes, besides its own keys', false)),
  corsOrigins: text('Origins whose pages may use presigned uploads, with commas between', '*'),
} as const satisfies Record<string, StackSetting<unknown>>
