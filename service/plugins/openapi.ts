import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifySchema } from 'fastify'
import type { App } from '../deps.ts'
import { ProblemSchema, problemResponses } from '../schemas/problem.ts'

export const docsPrefix = '/docs'

const about = `Answers questions from your own documents and shows the place every answer comes from.

1. **Upload** a document: \`POST /documents\`. It is read in the background; \`GET /documents/{id}\` shows how far.
2. **Ask**: \`POST /chat\`, or find passages with \`POST /search\`.

Where the server runs with keys, press **Authorize** first and paste one; without, it answers to this machine only.
Errors are \`application/problem+json\` with a stable \`code\`; every response carries \`x-request-id\`.`

function withProblems(schema: FastifySchema): FastifySchema {
  const { problems, response, ...rest } = schema
  if (problems === undefined) return schema
  return { ...rest, response: { ...(isObject(response) ? response : {}), ...problemResponses(problems) } }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** The OpenAPI document, made from the routes, at /openapi.json, and Swagger UI at /docs. Before the routes. */
export async function addOpenApi(app: App, options: { keys: boolean }): Promise<void> {
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
      components: {
        securitySchemes: {
          apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'kass_<id>_<secret>' },
          bearer: { type: 'http', scheme: 'bearer', description: 'The same key, as a bearer token' },
        },
      },
      // Without keys the caller is this machine, and no header is wanted.
      security: options.keys ? [{ apiKey: [] }, { bearer: [] }] : [{}, { apiKey: [] }, { bearer: [] }],
    },
    transform: ({ schema, url }) => ({ schema: withProblems(schema), url }),
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
  })
  let document: string | undefined
  app.get('/openapi.json', { schema: { hide: true }, config: { access: 'open' } }, async (_request, reply) => {
    document ??= JSON.stringify(app.swagger())
    return reply.type('application/json; charset=utf-8').send(document)
  })
  app.get('/', { schema: { hide: true }, config: { access: 'open' } }, async (_request, reply) =>
    reply.redirect(docsPrefix, 302),
  )
}
