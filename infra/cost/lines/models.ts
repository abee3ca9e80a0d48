import { costUsd, type PricedUsage } from '../../../shared/adapters/bedrock/cost.ts'
import type { Model } from '../../../shared/adapters/bedrock/model-id.ts'
import { modelsOf } from '../../models.ts'
import { type Cause, type Context, type Line, line } from '../line.ts'
import { ofDocument, scenarios } from '../usage.ts'

/** Models on Bedrock, by list price. That a prompt's beginning may come out of a cache is not reckoned with. */
export function modelLines(context: Context): Line[] {
  const { config, usage } = context
  const { strong, fast, embed, rerank } = modelsOf(config)
  const { turn, 'follow-up': followUp, search } = scenarios
  const lines: Line[] = []
  const add = (model: Model, item: string, cause: Cause, calls: number, each: PricedUsage) =>
    lines.push(modelLine(model, item, cause, calls, each))
  const answered = usage.firstTurns + usage.followUps
  const asked = answered + usage.searches
  if (strong) {
    const inputTokens = turn.models.inputTokens * usage.promptFactor
    add(strong, 'answers', 'requests', answered, { inputTokens, outputTokens: usage.answerTokens })
  }
  if (fast) {
    const inputTokens = Math.max(0, followUp.models.inputTokens - turn.models.inputTokens) * usage.promptFactor
    add(fast, 'follow-up questions', 'requests', usage.followUps, { inputTokens, outputTokens: usage.rewriteTokens })
  }
  if (embed) {
    const ofQuestion = { inputTokens: search.models.embeddedTokens, outputTokens: 0 }
    const embedded = ofDocument(usage, ({ models }) => models.embeddedTokens)
    add(embed, 'vectors of questions', 'requests', asked, ofQuestion)
    add(embed, 'vectors of documents', 'documents', usage.takenIn, { inputTokens: embedded, outputTokens: 0 })
  }
  if (rerank) add(rerank, 'reranking', 'requests', asked, { inputTokens: 0, outputTokens: 0, queries: 1 })
  if (config.guardrailId !== '') {
    // A text unit has 1,000 characters; question, passages and answer are read.
    const units = (4 * (turn.models.inputTokens * usage.promptFactor + usage.answerTokens)) / 1000
    lines.push(line(context, 'Bedrock', 'guardrail', 'requests', (answered * units) / 1000, 'guardrail'))
  }
  return lines
}

function modelLine(model: Model, item: string, cause: Cause, calls: number, each: PricedUsage): Line {
  const usd = costUsd(model, each)
  const { prices } = model.entry
  return {
    ...{ service: 'Bedrock', item: `${item} (${model.id})`, cause, quantity: calls / 1000, unit: 'thousand calls' },
    usdPerUnit: (usd ?? 0) * 1000,
    usd: (usd ?? 0) * calls,
    source: { page: prices?.source ?? 'not in the catalogue of models', read: prices?.asOf ?? '' },
    ...(usd === undefined && { unconfirmed: 'no price of this model is known: it counts as nothing' }),
  }
}
