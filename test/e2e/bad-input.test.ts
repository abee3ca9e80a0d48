import { randomUUID } from 'node:crypto'
import { type Test, test } from 'tap'
import { encryptedXlsx, otherZip, renamedFiles, unsupportedFiles } from '../fixtures/bad.ts'
import { latin1Csv, raggedCsv } from '../fixtures/csv.ts'
import { htmlPage } from '../fixtures/html.ts'
import { brokenXrefPdf, encryptedPdf, truncatedPdf } from '../fixtures/pdf.ts'
import { bombXlsx } from '../fixtures/xlsx.ts'
import { isProblem, undisturbed } from './bystander.ts'
import { type LocalServer, startServer } from './server.ts'

/** The record of an upload when it has been read, or could not be. */
async function read(t: Test, server: LocalServer, name: string, body: Uint8Array | string) {
  const uploaded = await server.upload(`${randomUUID()}/${name}`, body)
  t.equal(uploaded.status, 202, `${name} is taken`)
  return server.settled(uploaded.body.id, 'ready', 'failed')
}

/** Failed with a code and a sentence, and nothing of it can be found. */
function hasFailed(t: Test, record: Awaited<ReturnType<typeof read>>, code: RegExp): void {
  t.match(record, { status: 'failed', searchable: false, failure: { code, message: /^[A-Z].*\.$/ } })
}

function addsUp(t: Test, { status, accounting }: Awaited<ReturnType<typeof read>>): void {
  t.equal(status, 'ready')
  t.equal(accounting.read, accounting.indexed + accounting.rejected)
  t.ok(accounting.read > 0)
}

/** The same archive, whose directory says `bytes` of its largest member (APPNOTE.TXT 4.3.12: at 24, after PK\1\2). */
function understated(archive: Buffer, bytes: number): Buffer {
  const changed = Buffer.from(archive)
  for (let at = changed.indexOf('PK\u0001\u0002'); at >= 0; at = changed.indexOf('PK\u0001\u0002', at + 4)) {
    if (changed.readUInt32LE(at + 24) > bytes) changed.writeUInt32LE(bytes, at + 24)
  }
  return changed
}

test('documents that are not what they should be', async (t) => {
  const server = await startServer(t, { MAX_INFLATED_BYTES: String(64 * 2 ** 20), MAX_INFLATION_RATIO: '100' })
  const foundIn = async (id: string, query: string): Promise<string> => {
    const { body } = await server.call('POST', '/search', { query, filters: { document_ids: [id] } })
    return JSON.stringify(body.results.map((result: { text: string }) => result.text))
  }
  const bad = (name: string, trouble: (t: Test) => Promise<unknown>) =>
    t.test(name, (t) => undisturbed(t, server, () => trouble(t)))

  await bad('a file of 0 bytes is refused', async (t) => {
    for (const name of ['empty.txt', 'empty.pdf', 'empty.xlsx'])
      isProblem(t, await server.upload(name, ''), 400, 'empty_file', 'file')
  })

  await bad('a wrong ending decides nothing: the content is read as what it is', async (t) => {
    for (const { name, body, contentType } of await renamedFiles()) {
      const record = await read(t, server, name, body)
      t.equal(record.content_type, contentType, name)
      addsUp(t, record)
    }
  })

  await bad('content that is not supported is refused, whatever it is called', async (t) => {
    for (const { name, body } of unsupportedFiles())
      isProblem(t, await server.upload(name, body), 415, 'unsupported_media_type', 'file')
    const png = unsupportedFiles().find(({ name }) => name === 'image.txt')
    isProblem(t, await server.upload('picture.md', png?.body ?? ''), 415, 'unsupported_media_type', 'file')
    hasFailed(t, await read(t, server, 'other.xlsx', otherZip()), /^(unsupported_type|damaged)$/)
    isProblem(t, await server.upload('locked.xlsx', encryptedXlsx()), 415, 'unsupported_media_type', 'file')
  })

  await bad('a PDF that is encrypted fails as such', async (t) => {
    hasFailed(t, await read(t, server, 'locked.pdf', await encryptedPdf()), /^encrypted$/)
  })

  await bad('a PDF that is cut short fails or accounts for the pages that are left', async (t) => {
    const whole = await truncatedPdf()
    for (const size of [8, 100, 1000, whole.length]) {
      const record = await read(t, server, `cut-at-${size}.pdf`, whole.subarray(0, size))
      if (record.status === 'ready') addsUp(t, record)
      else hasFailed(t, record, /^(damaged|no_text)$/)
    }
    addsUp(t, await read(t, server, 'xref.pdf', await brokenXrefPdf()))
  })

  await bad('a CSV with ragged rows is accounted for row by row', async (t) => {
    const record = await read(t, server, 'ragged.csv', raggedCsv())
    addsUp(t, record)
    const { accounting } = record
    t.equal(accounting.unit, 'rows')
    for (const { place, reason } of accounting.rejections ?? []) t.match(`${place}: ${reason}`, /row \d+.*: \S/)
    for (const [query, place] of [
      ['Pump', 'Aarhus'],
      ['Switch', 'Gdansk'],
    ] as const)
      t.match(await foundIn(record.id, query), new RegExp(place), `${query} is found`)
  })

  await bad('a CSV in Latin-1 is found by its umlauts', async (t) => {
    const record = await read(t, server, 'latin1.csv', latin1Csv())
    addsUp(t, record)
    t.match(await foundIn(record.id, 'Überdruckschlüssel'), /Überdruckschlüssel.*Köln/)
    t.match(await foundIn(record.id, 'Köln'), /Überdruckschlüssel/)
  })

  await bad('scripts, styles, comments and hidden parts of HTML are never found', async (t) => {
    const record = await read(t, server, 'page.html', htmlPage().body)
    addsUp(t, record)
    for (const secret of [
      'scriptsecret',
      'stylesecret',
      'commentsecret',
      'hiddensecret',
      'invisiblesecret',
      'tracker',
    ]) {
      t.notMatch(await foundIn(record.id, secret), new RegExp(secret))
    }
    const chunks = await server.call('GET', `/documents/${record.id}/chunks?limit=200`)
    t.match(JSON.stringify(chunks.body), /NHC-8821/)
    t.notMatch(JSON.stringify(chunks.body), /secret|written by script|<script/)
  })

  await bad('pages that only keep a parser busy are ended or read as plain text', async (t) => {
    hasFailed(
      t,
      await read(t, server, 'deep.html', `<html><body>${'<div>'.repeat(500_000)}deep`),
      /^document_too_large$/,
    )
    for (const tangle of ['>', '[a](', '*a _b '])
      addsUp(t, await read(t, server, 'tangle.md', `# Tangle\n\n${tangle.repeat(100_000)}\n`))
  })

  for (const [about, change] of [
    ['', (archive: Buffer) => archive],
    [' and lies about it', (archive: Buffer) => understated(archive, 30_000_000)],
  ] as const) {
    const bomb = change(bombXlsx())
    await bad(`a workbook of ${bomb.length} bytes that inflates to 200 MB${about} fails as a bomb`, async (t) => {
      hasFailed(t, await read(t, server, 'bomb.xlsx', bomb), /^archive_bomb$/)
    })
  }
})
