import { parseDocument } from 'htmlparser2'
import type { List, Nodes, RootContent } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { gfm } from 'micromark-extension-gfm'
import { withoutControls } from './controls.ts'
import type { Segment } from './markdown-segments.ts'

/** A block of Markdown as plain text. Lines are numbers in the document. */
export interface Block {
  text: string
  /** Depth of a heading. */
  depth?: number
  tight?: boolean
  lead?: string
  from: number
  to: number
  breaks?: number[]
}

// Links that are written as plain addresses are text already, and looking for them is half of the time.
const syntax = [gfm(), { disable: { null: ['wwwAutolink', 'protocolAutolink', 'emailAutolink'] } }]
const toTree = gfmFromMarkdown().filter((extension) => !('transforms' in extension))

/** Parses a segment as GitHub Flavored Markdown; `definitions` are link definitions from elsewhere in the document. */
export function parseBlocks(segment: Segment, definitions: string): Block[] {
  const source = definitions === '' ? segment.lines.join('\n') : `${segment.lines.join('\n')}\n\n${definitions}`
  const tree = fromMarkdown(source, { extensions: syntax, mdastExtensions: [toTree] })
  const blocks: Block[] = []
  const urls = new Map<string, string>()
  for (const node of tree.children) if (node.type === 'definition') urls.set(node.identifier, node.url)
  for (const node of tree.children) collect(node, segment.from - 1, { indent: '', marker: '', urls }, blocks)
  return blocks
}

interface Context {
  indent: string
  /** Stands before the first block of a list's item. */
  marker: string
  tight?: boolean
  /** Of the links that are defined elsewhere. */
  urls: ReadonlyMap<string, string>
}

function collect(node: RootContent, offset: number, context: Context, blocks: Block[]): void {
  const from = (node.position?.start.line ?? 1) + offset
  const to = (node.position?.end.line ?? 1) + offset
  const put = (text: string, more: Partial<Block> = {}) => {
    if (text.trim() === '') return
    const before = context.marker === '' ? context.indent : context.marker
    const tight = more.tight ?? context.tight ?? false
    blocks.push({ from, to, ...more, text: before + text, tight, breaks: more.breaks?.map((at) => at + before.length) })
    context.marker = ''
    if (context.indent !== '') context.tight = true
  }
  if (node.type === 'heading' || node.type === 'paragraph') {
    const { text, breaks } = flat(node, context.urls)
    put(text.trim(), node.type === 'heading' ? { depth: node.depth } : { breaks })
  } else if (node.type === 'code') put(node.value, { breaks: lineBreaks(node.value), from: Math.min(from + 1, to) })
  else if (node.type === 'html') put(visible(node.value))
  else if (node.type === 'blockquote' || node.type === 'footnoteDefinition') {
    for (const child of node.children) collect(child, offset, context, blocks)
  } else if (node.type === 'list') collectList(node, offset, context, blocks)
  else if (node.type === 'table') {
    const rows = node.children.map((row) => ({
      line: (row.position?.start.line ?? 1) + offset,
      text: row.children.map((cell) => oneLine(flat(cell, context.urls).text)).join(' | '),
    }))
    const lead = rows[0]?.text
    for (const [at, { line, text }] of rows.entries()) {
      put(text, at === 0 ? { from: line, to: line } : { from: line, to: line, tight: true, lead })
    }
  }
}

/** One line for one cell; a bar in it is marked, so that the line can be taken apart again. */
const oneLine = (cell: string) => cell.replace(/\s+/g, ' ').trim().replaceAll('|', '\\|')

function collectList(list: List, offset: number, context: Context, blocks: Block[]): void {
  for (const [at, item] of list.children.entries()) {
    const checked = typeof item.checked === 'boolean' ? (item.checked ? '[x] ' : '[ ] ') : ''
    const mark = list.ordered ? `${(list.start ?? 1) + at}. ` : '- '
    const nested = context.marker === '' ? context.indent : context.marker
    const inner: Context = {
      indent: `${context.indent}  `,
      marker: nested + mark + checked,
      tight: at > 0 || context.indent !== '',
      urls: context.urls,
    }
    context.marker = ''
    for (const child of item.children) collect(child, offset, inner, blocks)
  }
}

const lineBreaks = (text: string): number[] => [...text.matchAll(/\n/g)].map((match) => match.index + 1)

/** The text of inline content, and where in it each further line begins. */
function flat(node: Nodes, urls: Context['urls']): { text: string; breaks: number[] } {
  let text = ''
  const breaks: number[] = []
  const visit = (inner: Nodes) => {
    if (inner.type === 'text') {
      for (const match of inner.value.matchAll(/\n/g)) breaks.push(text.length + match.index + 1)
      text += inner.value.replaceAll('\n', ' ')
    } else if (inner.type === 'inlineCode') text += inner.value
    else if (inner.type === 'image') text += inner.alt ?? ''
    else if (inner.type === 'html') text += /^<br\s*\/?>$/i.test(inner.value) ? '\n' : ''
    else if (inner.type === 'break') {
      text += '\n'
      breaks.push(text.length)
    } else if ('children' in inner) {
      const start = text.length
      for (const child of inner.children) visit(child)
      // An address that is not shown may still be what someone asks for.
      const url =
        inner.type === 'link' ? inner.url : inner.type === 'linkReference' ? urls.get(inner.identifier) : undefined
      if (url && /^(?:https?|mailto):/.test(url) && !url.endsWith(text.slice(start))) {
        text += ` (${url.replace(/^mailto:/, '')})`
      }
    }
  }
  visit(node)
  return { text, breaks }
}

/** What a reader sees of a piece of HTML. */
function visible(html: string): string {
  let text = ''
  const visit = (nodes: ReturnType<typeof parseDocument>['children']) => {
    for (const node of nodes) {
      if (node.type === 'text' && 'data' in node) text += node.data
      else if (node.type === 'tag' && 'children' in node) {
        visit(node.children)
        text += ' '
      }
    }
  }
  visit(parseDocument(html).children)
  return withoutControls(text).replace(/\s+/g, ' ').trim()
}
