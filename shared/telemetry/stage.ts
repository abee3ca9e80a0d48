import type { Meter } from './meter.ts'
import type { LabelValue } from './metrics.ts'
import { inSpan, noteStage, type SpanAttributes } from './scope.ts'

/** Does one step of a search: measured, a span of its trace, and a stage in the line about slow requests. */
export async function searchStage<T>(
  meter: Meter,
  stage: LabelValue<'stage'>,
  work: () => Promise<T>,
  attributes: SpanAttributes = {},
): Promise<T> {
  const begun = performance.now()
  try {
    return await inSpan(`search ${stage}`, { attributes }, work)
  } finally {
    const ms = performance.now() - begun
    meter.record('kass.search.stage.duration', { stage }, ms / 1000)
    noteStage(`search.${stage}`, ms)
  }
}
