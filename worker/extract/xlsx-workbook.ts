import { posix } from 'node:path'
import { KassError } from '../../shared/errors.ts'
import { type NumberFormat, numberFormat } from './number-format.ts'
import type { Archive } from './xlsx-archive.ts'
import { unescapeText } from './xlsx-text.ts'
import { readXml } from './xml.ts'

export interface Sheet {
  name: string
  hidden: boolean
  /** Its part of the archive; undefined when the workbook names one that it does not say where to find. */
  part: string | undefined
}

/** What all sheets of a workbook share. */
export interface Workbook {
  sheets: Sheet[]
  strings: readonly string[]
  /** The number format of each cell style. */
  formats: readonly NumberFormat[]
}

const workbookPart = 'xl/workbook.xml'

/** @throws KassError unsupported_type when the archive is no workbook; document_too_large beyond `maxTextBytes` */
export async function readWorkbook(archive: Archive, maxTextBytes: number): Promise<Workbook> {
  if (!archive.has(workbookPart))
    throw new KassError('unsupported_type', { detail: 'The archive is not an XLSX workbook.' })
  const parts = await relations(archive)
  const sheets: Sheet[] = []
  let date1904 = false
  await readXml(workbookPart, archive.text(workbookPart), {
    open(name, attributes) {
      if (name === 'workbookPr') date1904 = /^(?:1|true)$/.test(attributes.date1904 ?? '')
      if (name !== 'sheet') return
      const id = Object.entries(attributes).find(([key]) => /(?:^|:)id$/.test(key))?.[1] ?? ''
      const target = parts.get(id)
      if (target && !target.type.endsWith('/worksheet')) return
      const hidden = attributes.state === 'hidden' || attributes.state === 'veryHidden'
      sheets.push({ name: attributes.name ?? `Sheet${sheets.length + 1}`, hidden, part: target?.part })
    },
  })
  const find = (type: string, usual: string) =>
    [...parts.values()].find((target) => target.type.endsWith(type))?.part ?? usual
  return {
    sheets,
    strings: await sharedStrings(archive, find('/sharedStrings', 'xl/sharedStrings.xml'), maxTextBytes),
    formats: await cellFormats(archive, find('/styles', 'xl/styles.xml'), date1904),
  }
}

async function relations(archive: Archive): Promise<Map<string, { type: string; part: string }>> {
  const found = new Map<string, { type: string; part: string }>()
  const part = 'xl/_rels/workbook.xml.rels'
  await readXml(part, archive.text(part), {
    open(name, { Id, Type, Target }) {
      if (name !== 'Relationship' || Id === undefined || Target === undefined) return
      found.set(Id, { type: Type ?? '', part: posix.resolve('/xl', Target) })
    },
  })
  return found
}

async function sharedStrings(archive: Archive, part: string, maxTextBytes: number): Promise<string[]> {
  const strings: string[] = []
  let current = ''
  let inText = false
  let phonetic = false
  let bytes = 0
  await readXml(part, archive.text(part), {
    open(name) {
      if (name === 'si') current = ''
      else if (name === 'rPh') phonetic = true
      else if (name === 't') inText = !phonetic
    },
    text(text) {
      if (inText) current += text
    },
    close(name) {
      if (name === 't') inText = false
      else if (name === 'rPh') phonetic = false
      else if (name === 'si') {
        strings.push(unescapeText(current))
        bytes += Buffer.byteLength(current)
        if (bytes > maxTextBytes) {
          throw new KassError('document_too_large', {
            detail: `The workbook has more than ${maxTextBytes} bytes of text.`,
          })
        }
      }
    },
  })
  return strings
}

async function cellFormats(archive: Archive, part: string, date1904: boolean): Promise<NumberFormat[]> {
  const codes = new Map<number, string>()
  const ids: number[] = []
  let inCells = false
  await readXml(part, archive.text(part), {
    open(name, { numFmtId, formatCode }) {
      if (name === 'numFmt' && formatCode !== undefined) codes.set(Number(numFmtId), formatCode)
      else if (name === 'cellXfs') inCells = true
      else if (name === 'xf' && inCells) ids.push(Number(numFmtId ?? 0))
    },
    close(name) {
      if (name === 'cellXfs') inCells = false
    },
  })
  const known = new Map<number, NumberFormat>()
  return ids.map((id) => {
    const format = known.get(id) ?? numberFormat(id, codes.get(id), date1904)
    known.set(id, format)
    return format
  })
}
