import { Type } from 'typebox'
import type { App } from '../deps.ts'

/** The process: 200 while it works, 503 once it drains (see plugins/drain.ts). It asks nothing of anybody. */
export function addHealthRoute(app: App): void {
  app.get(
    '/health',
    {
      config: { access: 'open' },
      schema: {
        tags: ['server'],
        summary: 'Whether the process runs',
        description: 'For load balancers and containers.',
        security: [],
        response: {
          200: Type.Object({ status: Type.Literal('ok') }, { description: 'It runs.' }),
        },
        problems: { codes: ['shutting_down'] },
      },
    },
    async (): Promise<{ status: 'ok' }> => ({ status: 'ok' }),
  )
}
