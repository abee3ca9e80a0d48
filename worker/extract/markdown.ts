import type { Prose } from '../chunk/draft.ts'
import { type Block, parseBlocks } from './markdown-blocks.ts'
import { createSegmenter, type Segment } from './markdown-segments.ts'
import { simpleBlocks } from './markdown-simple.ts'
import { type Item, portions, type Reader } from './reader.ts'
import { lines, type Source } from './source.ts'
import { locateLines } from './text.ts'

/**
 * Markdown (CommonMark with GitHub's tables, footnotes and tasks) as plain text. Every heading opens a section. The
 * document is parsed segment by segment, so its length does not matter, and only what has markup goes through the parser.
 */
export function readMarkdown(source: Source, options: { parseAll?: boolean } = {}): Reader {
  return { unit: 'paragraphs', locate: locateLines, items: items(source, options.parseAll === true) }
}

async function* items(source: Source, parseAll: boolean): AsyncGenerator<Item[]> {
  const definitions = await linkDefinitions(source)
  const toProse = createSections()
  const segmenter = createSegmenter()
  const read = (segment: Segment): Prose[] => {
    if (segment.lines.some(isTangle)) return plainLines(segment).flatMap(toProse)
    const blocks = (parseAll ? undefined : simpleBlocks(segment)) ?? parseBlocks(segment, usedIn(segment, definitions))
    return blocks.flatMap(toProse)
  }
  const readLine = (line: string) => segmenter.add(line).flatMap(read)
  const front = createFrontMatter()
  for await (const batch of lines(source)) {
    for (let at = 0; at < batch.length; at += 256) {
      const found: Prose[] = []
      for (const line of batch.slice(at, at + 256)) {
        const taken = front.add(line)
        if (taken?.block) found.push(...toProse(taken.block))
        for (const own of taken?.lines ?? []) found.push(...readLine(own))
      }
      if (found.length > 0) yield found
    }
  }
  const rest = [...front.end().flatMap(readLine), ...segmenter.end().flatMap(read)]
  if (rest.length > 0) yield rest
}

/**
 * Whether a line is nothing that anybody wrote as Markdown, but would keep the parser busy for minutes, since its time
 * grows with the square of what may open something: brackets, marks of emphasis and code, quotations.
 */
function isTangle(line: string): boolean {
  if (line.length < 20_000) return false
  let marks = 0
  for (const _ of line.matchAll(/[[\]`*_~>|]/g)) if (++marks > 2000) return true
  return false
}

function plainLines({ from, lines }: Segment): Block[] {
  return lines.flatMap((text, at) => (text.trim() === '' ? [] : [{ text, from: from + at, to: from + at }]))
}

/** Numbers the blocks and gives each the headings it stands under. */
function createSections(): (block: Block) => Prose[] {
  let unit = 0
  let above: { depth: number; text: string }[] = []
  let section: readonly string[] = []
  return ({ depth, ...block }) => {
    if (depth !== undefined) {
      above = [...above.filter((heading) => heading.depth < depth), { depth, text: block.text }]
      section = above.map((heading) => heading.text)
    }
    const heading = depth === undefined ? {} : { heading: true as const }
    return [...portions(block.text)].map(({ text, offset }) => ({
      kind: 'prose',
      unit: ++unit,
      section,
      ...heading,
      ...(block.tight ? { tight: true as const } : {}),
      ...(block.lead === undefined ? {} : { lead: block.lead }),
      text,
      from: block.from,
      to: block.to,
      breaks: block.breaks?.map((place) => place - offset),
    }))
  }
}

/** Takes the YAML that some documents begin with out of their lines, in whose place it leaves blank ones. */
function createFrontMatter() {
  const longest = 200
  let state: 'before' | 'inside' | 'behind' = 'before'
  const held: string[] = []
  return {
    add(line: string): { block?: Block; lines: string[] } | undefined {
      if (state === 'behind') return { lines: [line] }
      if (state === 'before' && !/^---\s*$/.test(line)) {
        state = 'behind'
        return { lines: [line] }
      }
      held.push(line)
      const closed = state === 'inside' && /^(?:---|\.\.\.)\s*$/.test(line)
      state = closed || held.length > longest ? 'behind' : 'inside'
      if (state === 'inside') return undefined
      const lines = held.splice(0)
      if (!closed) return { lines }
      const text = lines.slice(1, -1).join('\n')
      const breaks = [...text.matchAll(/\n/g)].map((match) => match.index + 1)
      const block = text.trim() === '' ? undefined : { text, from: 2, to: lines.length - 1, breaks }
      return { block, lines: lines.map(() => '') }
    },
    end: () => held,
  }
}

const definition = /^ {0,3}\[([^\]^][^\]]*)\]:\s*\S/
const mostDefinitions = 2000
const label = (text: string) => text.toLowerCase().replace(/\s+/g, ' ').trim()

/** Link definitions may stand anywhere in a document, mostly at its end. */
async function linkDefinitions(source: Source): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for await (const batch of lines(source)) {
    for (const line of batch) {
      const name = line.includes(']:') ? definition.exec(line)?.[1] : undefined
      if (name !== undefined && found.size < mostDefinitions && !found.has(label(name))) found.set(label(name), line)
    }
  }
  return found
}

function usedIn(segment: Segment, definitions: ReadonlyMap<string, string>): string {
  if (definitions.size === 0) return ''
  const used = new Set<string>()
  for (const [, name] of segment.lines.join('\n').matchAll(/\[([^\]]+)\]/g)) {
    const line = name === undefined ? undefined : definitions.get(label(name))
    if (line !== undefined) used.add(line)
  }
  return [...used].join('\n')
}
