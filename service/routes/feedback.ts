import { KassError } from '../../shared/errors.ts'
import type { Feedback, StoredMessage } from '../../shared/ports/conversation-store.ts'
import type { App, Deps } from '../deps.ts'
import { callerOf } from '../plugins/authentication.ts'
import { IdParams, normalized, PageQuery, pageSize, toTime } from '../schemas/common.ts'
import {
  FeedbackInput,
  FeedbackPage,
  FeedbackSchema,
  type FeedbackView,
  type RatedAnswer,
} from '../schemas/feedback.ts'

const tags = ['conversations']

export function viewFeedback({ rating, comment, at }: Feedback): FeedbackView {
  return { rating, comment, given_at: toTime(at) }
}

const optionalText = (value: unknown) => (typeof value === 'string' ? value : undefined)

function viewRated({
  id,
  conversationId,
  meta,
  feedback,
  redacted,
}: StoredMessage & { redacted: boolean }): RatedAnswer[] {
  if (!feedback) return []
  const about = {
    message_id: id,
    question_id: optionalText(meta?.question_id),
    conversation_id: conversationId,
    model: optionalText(meta?.model),
    route: optionalText(meta?.route),
  }
  return [{ ...about, ...viewFeedback(feedback), redacted }]
}

/** What owners think of their answers, and the list of it for whoever improves them. */
export function addFeedbackRoutes(app: App, deps: Deps): void {
  const { conversations } = deps.ports
  app.post(
    '/messages/:id/feedback',
    {
      config: { access: 'chat' },
      schema: {
        tags,
        summary: 'Rate an answer',
        description:
          'Up or down, and why. Rating again takes the place of what was said before. Only answers of the caller are known here. Needs the scope `chat`.',
        params: IdParams,
        body: FeedbackInput,
        response: { 200: FeedbackSchema },
        problems: { body: true, codes: ['not_found'] },
      },
    },
    async (request): Promise<FeedbackView> => {
      const caller = callerOf(request)
      const { id } = request.params
      const message = await conversations.message(caller, id)
      if (!message) throw new KassError('not_found')
      if (message.role !== 'assistant') {
        throw new KassError('invalid_request', { detail: 'Only answers are rated; this is a question.', place: 'id' })
      }
      const feedback = { ...normalized(request.body), at: deps.clock() }
      if (!(await conversations.rate(caller, id, feedback))) throw new KassError('not_found')
      return viewFeedback(feedback)
    },
  )

  app.get(
    '/feedback',
    {
      config: { access: 'admin' },
      schema: {
        tags,
        summary: 'List the feedback of everybody',
        description:
          'Of the whole tenant, with the ids of question and answer, and nothing of who gave it. `kass feedback export` writes it as a file. Needs the scope `admin`.',
        querystring: PageQuery,
        response: { 200: FeedbackPage },
        problems: { codes: ['invalid_cursor'] },
      },
    },
    async (request): Promise<{ items: RatedAnswer[]; cursor?: string }> => {
      const caller = callerOf(request)
      const { limit = pageSize, cursor } = request.query
      const page = await conversations.rated(caller.tenant, { limit, cursor })
      const items = await deps.chat.readable(caller, page.items)
      return { items: items.flatMap(viewRated), cursor: page.cursor }
    },
  )
}
