import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifySchema } from 'fastify'
import type { Config } from '../../shared/config.ts'
import type { LoginEndpoints } from '../../shared/ports/token-verifier.ts'
import type { App } from '../deps.ts'
import { ProblemSchema, problemResponses, tokenProblems } from '../schemas/problem.ts'
import { docsPrefix, type Login } from './login.ts'

type OpenApi = Extract<ReturnType<App['swagger']>, { openapi: string }>

const about = `Answers questions from your own documents and shows the place every answer comes from.

1. **Upload** a document: \`POST /documents\`. It is read in the background; \`GET /documents/{id}\` shows how far.
2. **Ask**: \`POST /chat\`, or find passages with \`POST /search\`.

Where the server runs with keys or tokens, press **Authorize** first; without, it answers to this machine only.
Errors are \`application/problem+json\` with a stable \`code\`; every response carries \`x-request-id\`.`

function withProblems(schema: FastifySchema, auth: Config['AUTH']): FastifySchema {
  const { problems, response, ...rest } = schema
  if (problems === undefined) return schema
  const all = auth === 'oidc' ? { ...problems, codes: [...(problems.codes ?? []), ...tokenProblems] } : problems
  return { ...rest, response: { ...(isObject(response) ? response : {}), ...problemResponses(all) } }
}

const apiKey = { type: 'apiKey', in: 'header', name: 'x-api-key', description: '`kass_<id>_<secret>`' } as const

/** How callers say who they are. */
function schemes(auth: Config['AUTH']) {
  const token = "A token of the organisation's identity provider, or an API key"
  const description = auth === 'oidc' ? token : 'The same key, as a bearer token'
  const format = auth === 'oidc' ? { bearerFormat: 'JWT' } : {}
  return { apiKey, bearer: { type: 'http', scheme: 'bearer', ...format, description } as const }
}

/** The document with the issuer's login in it: authorization code, which Swagger UI does with PKCE. */
function withLogin(
  document: Partial<OpenApi>,
  { scopes }: Login,
  { authorizationUrl, tokenUrl }: LoginEndpoints,
): object {
  const named = Object.fromEntries(scopes.map((scope) => [scope, '']))
  const authorizationCode = { authorizationUrl, tokenUrl, scopes: named }
  const { components, security = [] } = document
  return {
    ...document,
    components: {
      ...components,
      securitySchemes: { login: { type: 'oauth2', flows: { authorizationCode } }, ...components?.securitySchemes },
    },
    security: [{ login: [...scopes] }, ...security],
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** The document as it is now: with the login as soon as the issuer has said where that is. */
function whole(document: object, login: Login | undefined): object {
  return login?.known ? withLogin(document, login, login.known) : document
}

/** The OpenAPI document, made from the routes, at /openapi.json, and Swagger UI at /docs. Before the routes. */
export async function addOpenApi(app: App, options: { auth: Config['AUTH']; login: Login | undefined }): Promise<void> {
  const { auth, login } = options
  app.addSchema(ProblemSchema)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'KASS', version: '0.1.0', description: about },
      tags: [
        { name: 'chat', description: 'Questions and answers' },
        { name: 'search', description: 'Passages' },
        { name: 'documents', description: 'What answers are based on' },
        { name: 'conversations', description: "The caller's own" },
        { name: 'server', description: 'For load balancers and operators' },
      ],
      components: { securitySchemes: schemes(auth) },
      // Without keys the caller is this machine, and no header is wanted.
      security: auth === 'loopback' ? [{}, { apiKey: [] }, { bearer: [] }] : [{ apiKey: [] }, { bearer: [] }],
    },
    transform: ({ schema, url }) => ({ schema: withProblems(schema, auth), url }),
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) =>
        typeof json.$id === 'string' ? json.$id : `def-${index}`,
    },
  })
  await app.register(swaggerUi, {
    routePrefix: docsPrefix,
    theme: { title: 'KASS' },
    uiConfig: {
      url: '/openapi.json',
      tryItOutEnabled: true,
      displayRequestDuration: true,
      defaultModelsExpandDepth: 0,
      validatorUrl: null,
    },
    // It has an address of its own for the document.
    transformSpecification: (made) => whole(made, login),
    transformSpecificationClone: false,
    ...(login && {
      initOAuth: { clientId: login.clientId, scopes: [...login.scopes], usePkceWithAuthorizationCodeGrant: true },
    }),
  })
  let document: string | undefined
  app.get('/openapi.json', { schema: { hide: true }, config: { access: 'open' } }, async (_request, reply) => {
    // Until the issuer says where to log in, the document is good for this once.
    const endpoints = login && !login.known ? await login.find() : login?.known
    if (document !== undefined) return reply.type('application/json; charset=utf-8').send(document)
    const text = JSON.stringify(whole(app.swagger(), login))
    if (!login || endpoints) document = text
    return reply.type('application/json; charset=utf-8').send(text)
  })
  app.get('/', { schema: { hide: true }, config: { access: 'open' } }, async (_request, reply) =>
    reply.redirect(docsPrefix, 302),
  )
}
