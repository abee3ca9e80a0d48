import { setTimeout as wait } from 'node:timers/promises'
import { makeFiles } from '../bench/files.ts'
import type { Api } from './api.ts'

/** Something that a caller does, or nothing, so many times. */
export interface Scenario {
  name: string
  about: string
  count: number
  documentKb?: number
  act(api: Api, index: number): Promise<void>
}

async function ask(api: Api, message: string, conversation_id: string): Promise<void> {
  await posted(api, '/chat', { message, conversation_id })
}

async function posted(api: Api, path: string, about: object): Promise<void> {
  const { status, body } = await api.post(path, about)
  if (status !== 200) throw new Error(`${path} was answered ${status}: ${JSON.stringify(body)}`)
}

/** Waits without asking more often than it must: what is asked here is counted, too. */
async function takeIn(api: Api, path: string, bytes: Uint8Array): Promise<void> {
  const id = await api.upload(path, bytes)
  for (let tries = 0; tries < 120; tries++) {
    await wait(5_000)
    const status = await api.status(id)
    if (status === 'ready') return
    if (status === 'failed') throw new Error(`${path} failed`)
  }
  throw new Error(`${path} was not ready in ten minutes`)
}

const files = {
  markdown: await makeFiles('markdown', 6),
  pdf: await makeFiles('pdf', 12),
  xlsx: await makeFiles('xlsx', 1),
}

/** Questions that the documents answer: each names the words of a sentence that stands in one of them. */
const sentences = files.markdown.flatMap(({ bytes }) =>
  bytes
    .toString()
    .split(/[.\n]+/)
    .map((sentence) => sentence.trim().split(/\s+/).slice(0, 9))
    .filter((words) => words.length === 9),
)
const questions = (from: number) =>
  sentences.slice(from, from + 20).map((words) => `What is known about ${words.join(' ')}?`)
const [searched, asked, further] = [questions(0), questions(20), questions(40)]

function document(kind: keyof typeof files, about: string): Scenario {
  const own = files[kind]
  const mean = Math.round(own.reduce((sum, { bytes }) => sum + bytes.length, 0) / own.length / 1024)
  return {
    name: `document-${kind}`,
    about: `${about}, ${mean} KB, uploaded through the API, until it is ready`,
    count: own.length,
    documentKb: mean,
    async act(api, index) {
      const file = own[index]
      if (file) await takeIn(api, `measured/${file.path}`, file.bytes)
    },
  }
}

/** In this order: the questions are asked of what was taken in before. */
export const scenarios: readonly Scenario[] = [
  document('markdown', 'a page of Markdown'),
  document('pdf', 'a PDF of ten pages'),
  document('xlsx', 'a workbook of five sheets with 2,000 rows each'),
  {
    name: 'search',
    about: 'a search for ten passages',
    count: searched.length,
    act: (api, index) => posted(api, '/search', { query: searched[index] }),
  },
  {
    name: 'turn',
    about: 'the first question of a conversation',
    count: asked.length,
    act: (api, index) => ask(api, asked[index] ?? '', `first-${index}`),
  },
  {
    name: 'cached',
    about: 'the same first questions again, which the cache answers',
    count: asked.length,
    act: (api, index) => ask(api, asked[index] ?? '', `again-${index}`),
  },
  {
    name: 'follow-up',
    about: 'a further question of a conversation, which is rewritten to stand alone',
    count: further.length,
    act: (api, index) => ask(api, further[index] ?? '', `first-${index}`),
  },
]
