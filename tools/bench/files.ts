import { strToU8, zipSync } from 'fflate'
import PdfDocument from 'pdfkit'
import { createWriter, type Writer } from './random.ts'

export interface BenchFile {
  path: string
  bytes: Buffer
}

export type Kind = 'markdown' | 'pdf' | 'xlsx'

/** Headings and paragraphs, 5 KB in all. */
function markdown(writer: Writer): Buffer {
  let text = `# ${writer.words(4).join(' ')}\n\n`
  while (text.length < 5 * 1024) text += `## ${writer.words(3).join(' ')}\n\n${writer.prose(90)}\n\n`
  return Buffer.from(text.slice(0, 5 * 1024))
}

/** Ten pages of 350 words. */
async function pdf(writer: Writer): Promise<Buffer> {
  const document = new PdfDocument({ autoFirstPage: false })
  const parts: Buffer[] = []
  document.on('data', (part: Buffer) => parts.push(part))
  const ended = new Promise((resolve) => document.on('end', resolve))
  for (let page = 0; page < 10; page++) {
    document.addPage()
    document.fontSize(14).text(writer.words(4).join(' ')).moveDown()
    document.fontSize(10).text(writer.prose(350))
  }
  document.end()
  await ended
  return Buffer.concat(parts)
}

const open = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const packageRelations = 'http://schemas.openxmlformats.org/package/2006/relationships'
const officeRelations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'

function sheet(writer: Writer, rows: number, shared: (text: string) => number): string {
  const text = (place: string, value: string) => `<c r="${place}" t="s"><v>${shared(value)}</v></c>`
  const number = (place: string, value: number) => `<c r="${place}"><v>${value}</v></c>`
  const header = ['Name', 'Product', 'Region', 'Quantity', 'Price', 'Remark']
  let xml = `<row r="1">${header.map((name, at) => text(`${'ABCDEF'[at]}1`, name)).join('')}</row>`
  for (let row = 2; row <= rows + 1; row++) {
    const [name = '', product = '', region = ''] = writer.words(3)
    xml += `<row r="${row}">${text(`A${row}`, name)}${text(`B${row}`, product)}${text(`C${row}`, region)}`
    xml += `${number(`D${row}`, row * 7)}${number(`E${row}`, row / 8)}${text(`F${row}`, writer.words(4).join(' '))}</row>`
  }
  return `${open}<worksheet xmlns="${main}"><sheetData>${xml}</sheetData></worksheet>`
}

/** Five sheets of 2,000 rows with six columns, texts shared, as office programs write it. */
function xlsx(writer: Writer): Buffer {
  const strings = new Map<string, number>()
  const shared = (text: string) => {
    const known = strings.get(text) ?? strings.size
    strings.set(text, known)
    return known
  }
  const sheets = Array.from({ length: 5 }, () => sheet(writer, 2000, shared))
  const each = (make: (number: number) => string) => sheets.map((_, index) => make(index + 1)).join('')
  const type = 'application/vnd.openxmlformats-officedocument.spreadsheetml'
  const parts: Record<string, string> = {
    '[Content_Types].xml': `${open}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${type}.sheet.main+xml"/>${each((n) => `<Override PartName="/xl/worksheets/sheet${n}.xml" ContentType="${type}.worksheet+xml"/>`)}<Override PartName="/xl/sharedStrings.xml" ContentType="${type}.sharedStrings+xml"/></Types>`,
    '_rels/.rels': `${open}<Relationships xmlns="${packageRelations}"><Relationship Id="rId1" Type="${officeRelations}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `${open}<workbook xmlns="${main}" xmlns:r="${officeRelations}"><sheets>${each((n) => `<sheet name="Sheet${n}" sheetId="${n}" r:id="rId${n}"/>`)}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `${open}<Relationships xmlns="${packageRelations}">${each((n) => `<Relationship Id="rId${n}" Type="${officeRelations}/worksheet" Target="worksheets/sheet${n}.xml"/>`)}<Relationship Id="rId6" Type="${officeRelations}/sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
    'xl/sharedStrings.xml': `${open}<sst xmlns="${main}" uniqueCount="${strings.size}">${[...strings.keys()].map((text) => `<si><t>${text}</t></si>`).join('')}</sst>`,
  }
  for (const [index, xml] of sheets.entries()) parts[`xl/worksheets/sheet${index + 1}.xml`] = xml
  const bytes = Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, strToU8(text)]))
  return Buffer.from(zipSync(bytes, { level: 6 }))
}

const extensions: Record<Kind, string> = { markdown: 'md', pdf: 'pdf', xlsx: 'xlsx' }

/** So many files of a kind. Making a PDF or a workbook is slow, so a few are used again under other paths. */
export async function makeFiles(kind: Kind, count: number): Promise<BenchFile[]> {
  const writer = createWriter(23)
  const distinct: Buffer[] = []
  const limit = { markdown: count, pdf: 20, xlsx: 4 }[kind]
  const files: BenchFile[] = []
  for (let index = 0; index < count; index++) {
    if (distinct.length < limit) {
      distinct.push(kind === 'pdf' ? await pdf(writer) : kind === 'xlsx' ? xlsx(writer) : markdown(writer))
    }
    const bytes = distinct[index % distinct.length] ?? Buffer.alloc(0)
    files.push({ path: `${kind}/${String(index).padStart(5, '0')}.${extensions[kind]}`, bytes })
  }
  return files
}
