import { Type } from 'typebox'
import { KassError } from '../../shared/errors.ts'
import type { App, Deps } from '../deps.ts'
import { holds } from '../plugins/authentication.ts'
import { sendProblem } from '../plugins/errors.ts'
import { createReadiness } from './readiness.ts'

const CheckSchema = Type.Object({
  name: Type.String(),
  ok: Type.Boolean(),
  latency_ms: Type.Number(),
  error: Type.Optional(Type.String()),
})

const ReadySchema = Type.Object(
  {
    status: Type.Literal('ready'),
    checks: Type.Optional(Type.Array(CheckSchema)),
    search: Type.Optional(Type.Object({ mode: Type.String(), notice: Type.Optional(Type.String()) })),
    chat: Type.Optional(Type.Object({ model: Type.String(), generates: Type.Boolean() })),
  },
  {
    description: 'Everything answers. Holders of `admin` see what was asked, how search works and which model answers.',
  },
)

/** How `hybrid` is searched with these parts. */
function searchMode({ ports, config }: Deps): { mode: string; notice?: string } {
  if (ports.embedder) return { mode: 'hybrid' }
  return { mode: 'text', notice: `Search goes by words only: EMBEDDER=${config.EMBEDDER}.` }
}

/** Whether requests can be served. */
export function addReadyRoute(app: App, deps: Deps): void {
  const readiness = createReadiness(deps.ports, deps.clock)
  app.get(
    '/ready',
    {
      config: { access: 'optional' },
      schema: {
        tags: ['server'],
        summary: 'Whether requests can be served',
        description: 'Asks the parts that every request stands on, at most every two seconds; never a model.',
        security: [{}, { apiKey: [] }, { bearer: [] }],
        response: { 200: ReadySchema },
        problems: { codes: ['not_ready', 'shutting_down'] },
      },
    },
    async (request, reply) => {
      const { ready, checks } = await readiness()
      const admin = holds(request.principal, 'admin')
      if (!ready) {
        return sendProblem(new KassError('not_ready'), request, reply, admin ? { checks } : {})
      }
      if (!admin) return { status: 'ready' as const }
      const { id: model, generates } = deps.ports.chat
      return { status: 'ready' as const, checks, search: searchMode(deps), chat: { model, generates } }
    },
  )
}
