import * as aws from '@pulumi/aws'
import * as pulumi from '@pulumi/pulumi'
import type { SettingKey } from '../../shared/config.ts'
import { type Base, Component, nameOf, stateful } from '../base.ts'

/** What a token may allow; `admin` is for keys only, since whoever logs in may ask for any of these. */
const scopes = ['chat', 'search', 'documents:read', 'documents:write'] as const

/** What the API has to know of whoever gives out tokens. */
export type OidcEnvironment = Partial<Record<SettingKey & `OIDC_${string}`, pulumi.Input<string>>>

/**
 * People, their groups and the client that they log in with: its tokens are taken by the API beside its own keys. Nobody
 * signs up: an administrator makes the accounts, and the groups, which are those of the documents.
 */
export class UserPool extends Component {
  readonly id: pulumi.Output<string>
  readonly environment: OidcEnvironment

  constructor(base: Base) {
    super('UserPool', base)
    const { config } = base
    const name = nameOf(base, 'people')
    const opts = { parent: this }
    const pool = new aws.cognito.UserPool(
      name,
      {
        name,
        usernameAttributes: ['email'],
        autoVerifiedAttributes: ['email'],
        adminCreateUserConfig: { allowAdminCreateUserOnly: true },
        passwordPolicy: {
          ...{ minimumLength: 14, requireLowercase: true, requireNumbers: true, requireUppercase: true },
          temporaryPasswordValidityDays: 3,
        },
        mfaConfiguration: 'OPTIONAL',
        softwareTokenMfaConfiguration: { enabled: true },
        accountRecoverySetting: { recoveryMechanisms: [{ name: 'verified_email', priority: 1 }] },
        deletionProtection: config.deletionProtection ? 'ACTIVE' : 'INACTIVE',
      },
      { ...opts, ...stateful },
    )
    const server = new aws.cognito.ResourceServer(
      name,
      {
        userPoolId: pool.id,
        identifier: 'kass',
        name: 'KASS',
        scopes: scopes.map((scope) => ({ scopeName: scope, scopeDescription: `KASS: ${scope}` })),
      },
      opts,
    )
    // Such names are shared by all accounts of a region.
    const domain = pulumi.interpolate`kass-${config.stack}-${base.account}`
    new aws.cognito.UserPoolDomain(name, { userPoolId: pool.id, domain }, opts)
    const page = `https://${config.domain}/docs`
    const asked = ['openid', ...scopes.map((scope) => `kass/${scope}`)]
    const client = new aws.cognito.UserPoolClient(
      name,
      {
        name,
        userPoolId: pool.id,
        // It runs in browsers and can keep no secret: code with PKCE.
        generateSecret: false,
        allowedOauthFlowsUserPoolClient: true,
        allowedOauthFlows: ['code'],
        allowedOauthScopes: asked,
        callbackUrls: [`${page}/static/oauth2-redirect.html`],
        logoutUrls: [page],
        supportedIdentityProviders: ['COGNITO'],
        preventUserExistenceErrors: 'ENABLED',
        enableTokenRevocation: true,
        ...{ accessTokenValidity: 60, idTokenValidity: 60, refreshTokenValidity: 12 },
        tokenValidityUnits: { accessToken: 'minutes', idToken: 'minutes', refreshToken: 'hours' },
      },
      { ...opts, dependsOn: [server] },
    )
    this.id = pool.id
    this.environment = {
      OIDC_ISSUER: pulumi.interpolate`https://cognito-idp.${config.region}.amazonaws.com/${pool.id}`,
      OIDC_AUDIENCE: client.id,
      OIDC_DEFAULT_TENANT: 'default',
      OIDC_GROUPS_CLAIM: 'cognito:groups',
      OIDC_SCOPES_PREFIX: 'kass/',
      OIDC_CLIENT_ID: client.id,
      OIDC_LOGIN_SCOPES: asked.join(' '),
    }
  }
}
