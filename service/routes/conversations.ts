import { Type } from 'typebox'
import { KassError } from '../../shared/errors.ts'
import type { Conversation, StoredMessage } from '../../shared/ports/conversation-store.ts'
import type { App, Deps } from '../deps.ts'
import { callerOf } from '../plugins/authentication.ts'
import { IdParams, normalized, PageQuery, pageSize, toTime } from '../schemas/common.ts'
import {
  ConversationPage,
  ConversationPatch,
  ConversationSchema,
  type ConversationView,
  MessagePage,
  type MessageView,
} from '../schemas/conversation.ts'
import { viewFeedback } from './feedback.ts'

const tags = ['conversations']
const mine = 'Only conversations of the caller are known here. Needs the scope `chat`.'

function viewConversation({ id, title, messages, createdAt, updatedAt }: Conversation): ConversationView {
  return { id, title, messages, created_at: toTime(createdAt), updated_at: toTime(updatedAt) }
}

function viewMessage(message: StoredMessage & { redacted: boolean }): MessageView {
  const { id, role, content, citations, redacted, meta, feedback, createdAt } = message
  const given = feedback && viewFeedback(feedback)
  return { id, role, content, citations, redacted, meta, feedback: given, created_at: toTime(createdAt) }
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new KassError('not_found')
  return value
}

/** What was said so far. Owners see their own; another owner's answers like one that does not exist. */
export function addConversationRoutes(app: App, deps: Deps): void {
  const { conversations } = deps.ports
  const config = { access: 'chat' } as const

  app.get(
    '/conversations',
    {
      config,
      schema: {
        tags,
        summary: 'List conversations',
        description: mine,
        querystring: PageQuery,
        response: { 200: ConversationPage },
        problems: { codes: ['invalid_cursor'] },
      },
    },
    async (request): Promise<{ items: ConversationView[]; cursor?: string }> => {
      const { limit = pageSize, cursor } = request.query
      const page = await conversations.list(callerOf(request), { limit, cursor })
      return { items: page.items.map(viewConversation), cursor: page.cursor }
    },
  )

  app.get(
    '/conversations/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Look at a conversation',
        description: mine,
        params: IdParams,
        response: { 200: ConversationSchema },
        problems: { codes: ['not_found'] },
      },
    },
    async (request): Promise<ConversationView> =>
      viewConversation(found(await conversations.get(callerOf(request), request.params.id))),
  )

  app.patch(
    '/conversations/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Rename a conversation',
        description: mine,
        params: IdParams,
        body: ConversationPatch,
        response: { 200: ConversationSchema },
        problems: { body: true, codes: ['not_found'] },
      },
    },
    async (request): Promise<ConversationView> => {
      const caller = callerOf(request)
      const { id } = request.params
      if (!(await conversations.rename(caller, id, normalized(request.body.title).trim())))
        throw new KassError('not_found')
      return viewConversation(found(await conversations.get(caller, id)))
    },
  )

  app.delete(
    '/conversations/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Delete a conversation',
        description: `With all its messages and what their answers were made from. ${mine}`,
        params: IdParams,
        response: {
          204: Type.Unsafe<undefined>({ type: 'null', description: 'It is gone.' }),
        },
        problems: { body: true, codes: ['not_found'] },
      },
    },
    async (request, reply) => {
      await deps.chat.forget(found(await conversations.remove(callerOf(request), request.params.id)))
      return reply.code(204).send(undefined)
    },
  )
  addMessagesRoute(app, deps)
}

function addMessagesRoute(app: App, { ports, chat }: Deps): void {
  app.get(
    '/conversations/:id/messages',
    {
      config: { access: 'chat' },
      schema: {
        tags,
        summary: 'Read a conversation',
        description: `What stands on a document that is gone or hidden now is redacted. ${mine}`,
        params: IdParams,
        querystring: PageQuery,
        response: { 200: MessagePage },
        problems: { codes: ['not_found', 'invalid_cursor'] },
      },
    },
    async (request): Promise<{ items: MessageView[]; cursor?: string }> => {
      const caller = callerOf(request)
      const { id } = request.params
      found(await ports.conversations.get(caller, id))
      const { limit = pageSize, cursor } = request.query
      const page = await ports.conversations.messages(caller, id, { limit, cursor })
      const items = await chat.readable(caller, page.items)
      return { items: items.map(viewMessage), cursor: page.cursor }
    },
  )
}
