import { costing, flag, number, numberOf, oneOf, type StackSetting, text } from './kinds.ts'

/** What is kept, and the search index. */
export const dataSettings = {
  encryption: costing(
    oneOf('Keys that encrypt what is stored: of the services, or one of our own in KMS', 'aws', 'aws', 'kms'),
  ),
  deletionProtection: flag('Tables, load balancer, user pool and domain refuse to be deleted', false),
  pointInTimeRecovery: costing(flag('Tables can be restored to any second of the last 35 days', true)),
  formerVersionsDays: costing(number('Days that a replaced or removed document is kept', 30, 1, 3650)),
  backup: costing(flag('AWS Backup: every day, of the documents and the tables', false)),
  backupDays: costing(number('Days that a backup is kept', 35, 1, 3650)),
  sweepMinutes: number('Minutes between two sweeps, which find documents that wait for too long', 5, 1, 1440),
  compareHours: number('Hours between two comparisons of everything', 6, 1, 168),

  search: costing(oneOf('OpenSearch: serverless, or a domain of machines', 'serverless', 'serverless', 'domain')),
  serverlessGeneration: costing(
    oneOf('Collections of the classic kind, or of the kind that scales to zero', 'classic', 'classic', 'nextgen'),
  ),
  serverlessIndexingOcu: costing(
    number(
      'Most capacity units for indexing; those of classic collections count for the whole account and region',
      2,
      1,
      1700,
    ),
  ),
  serverlessSearchOcu: costing(number('Most capacity units for searching; likewise', 2, 1, 1700)),
  serverlessStandby: costing(
    flag('A second copy of the collection in another zone, which doubles its least cost', true),
  ),
  domainInstanceType: costing(
    text(
      'Machines of the domain',
      't3.small.search',
      /^[a-z0-9]+\.[a-z0-9]+\.search$/,
      'a type such as t3.small.search',
    ),
  ),
  domainInstances: costing(number('How many of them', 1, 1, 80)),
  domainMasterType: costing(
    text(
      'Dedicated masters of the domain, three of this type; none when empty',
      '',
      /^[a-z0-9]+\.[a-z0-9]+\.search$/,
      'a type such as m7g.medium.search',
    ),
  ),
  domainVolumeGb: costing(number('Disk of each machine, in GB', 20, 10, 4096)),
} as const satisfies Record<string, StackSetting<unknown>>

/** What watches, and what an account needs besides. */
export const watchSettings = {
  logDays: costing(numberOf('Days that logs are kept', 30, 1, 3, 5, 7, 14, 30, 60, 90, 180, 365)),
  alarmEmail: text('Address that alarms are sent to; it has to confirm once', '', /^\S+@\S+$/, 'an e-mail address'),
  monthlyBudgetUsd: costing(number('Dollars a month above which an alarm is sent; 0: none', 0, 0, 10_000_000)),
  cloudTrail: costing(flag('Record who calls AWS in this account', false)),
  guardDuty: costing(flag('Threat detection in this account and region; off where it is on already', false)),
  costAnomaly: flag('Alarm on costs that are out of the ordinary', false),
  owner: text('Who answers for this stack, in the tags', 'kass'),
} as const satisfies Record<string, StackSetting<unknown>>
