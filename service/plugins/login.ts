import type { Config } from '../../shared/config.ts'
import type { LoginEndpoints, TokenVerifier } from '../../shared/ports/token-verifier.ts'
import type { App } from '../deps.ts'

/** Where Swagger UI is. */
export const docsPrefix = '/docs'

/** The page that the issuer sends people back to; it has to be registered there. */
export const redirectPath = `${docsPrefix}/static/oauth2-redirect.html`

/** How people log in to Swagger UI at the issuer of the tokens. */
export interface Login {
  clientId: string
  scopes: readonly string[]
  /** Where that is, as far as it is known. */
  readonly known: LoginEndpoints | undefined
  /** Finds out where that is; undefined when the issuer does not say. It never throws. */
  find(): Promise<LoginEndpoints | undefined>
}

export function createLogin(app: App, config: Config, tokens: TokenVerifier | undefined): Login | undefined {
  if (!tokens || config.OIDC_CLIENT_ID === '') return undefined
  let known: LoginEndpoints | undefined
  let isTold = false
  return {
    clientId: config.OIDC_CLIENT_ID,
    scopes: config.OIDC_LOGIN_SCOPES,
    get known() {
      return known
    },
    async find() {
      try {
        known = await tokens.loginEndpoints()
        isTold = false
      } catch (error) {
        // Whoever looks at the documentation must not fill the log.
        if (!isTold) app.log.warn({ err: error }, 'nobody can log in to Swagger UI: the issuer does not say where')
        isTold = true
      }
      return known
    },
  }
}
