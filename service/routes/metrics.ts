import { Type } from 'typebox'
import { prometheusType } from '../../shared/telemetry/prometheus.ts'
import type { App } from '../deps.ts'

/** GET /metrics, where METRICS names prometheus. What the worker measures, the worker tells by itself. */
export function addMetricsRoute(app: App, scrape: () => Promise<string>, access: 'admin' | 'open'): void {
  app.get(
    '/metrics',
    {
      config: { access },
      schema: {
        tags: ['server'],
        summary: 'Metrics of this process, for Prometheus',
        description: access === 'open' ? 'Open to everyone.' : 'Needs the scope `admin`.',
        ...(access === 'open' && { security: [] }),
        response: {
          200: { description: 'Text format, version 0.0.4.', content: { 'text/plain': { schema: Type.String() } } },
        },
        problems: { codes: ['shutting_down'] },
      },
    },
    async (_request, reply) => reply.type(prometheusType).send(await scrape()),
  )
}
