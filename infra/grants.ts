import * as pulumi from '@pulumi/pulumi'

/** One permission, as a component hands it out: named actions on named resources. */
export interface Grant {
  sid: string
  actions: readonly string[]
  resources: readonly pulumi.Input<string>[]
  conditions?: Readonly<
    Record<string, Readonly<Record<string, pulumi.Input<string> | readonly pulumi.Input<string>[]>>>
  >
}

/** Who is admitted by the policy of a resource. */
export interface Admission extends Grant {
  principal: { Service: string } | { AWS: pulumi.Input<string> | readonly pulumi.Input<string>[] }
}

const version = '2012-10-17'

/** The policy of a role. */
export function identityPolicy(grants: readonly Grant[]): pulumi.Output<string> {
  return pulumi.jsonStringify({ Version: version, Statement: grants.map(statement) })
}

/** The policy of a resource; `denied` comes first. */
export function resourcePolicy(
  admitted: readonly Admission[],
  denied: readonly Admission[] = [],
): pulumi.Output<string> {
  const of = (effect: 'Allow' | 'Deny') => (one: Admission) => ({
    ...statement(one),
    Effect: effect,
    Principal: one.principal,
  })
  return pulumi.jsonStringify({
    Version: version,
    Statement: [...denied.map(of('Deny')), ...admitted.map(of('Allow'))],
  })
}

/** Which service may take on a role, for resources of this account only. */
export function trustOf(service: string, account: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.jsonStringify({
    Version: version,
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: service },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'aws:SourceAccount': account } },
      },
    ],
  })
}

function statement({ sid, actions, resources, conditions }: Grant) {
  return {
    Sid: sid,
    Effect: 'Allow',
    Action: [...actions],
    Resource: [...resources],
    ...(conditions && { Condition: conditions }),
  }
}
