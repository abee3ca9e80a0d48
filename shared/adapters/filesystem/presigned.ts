import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { DocumentRef } from '../../documents/document.ts'
import { KassError } from '../../errors.ts'
import { type Announced, type PresignedUpload, presignedMs } from '../../ports/object-store.ts'
import type { Database } from '../sqlite/database.ts'

const sql = {
  add: 'INSERT INTO secrets (name, secret) VALUES (?, ?) ON CONFLICT DO NOTHING',
  find: 'SELECT secret FROM secrets WHERE name = ?',
}
const secretName = 'uploads'

/** What an address of ours says, and its signature proves. */
interface Claims extends Announced {
  ref: DocumentRef
  expiresAt: number
}

/** The secret of this installation, made once, by whichever process comes first. */
function secretOf(db: Database): Uint8Array {
  const found = db.sql(sql.find).get(secretName)?.secret
  if (found instanceof Uint8Array) return found
  db.sql(sql.add).run(secretName, randomBytes(32))
  return secretOf(db)
}

function headersOf({ size, sha256, contentType }: Announced): Record<string, string> {
  return {
    'content-length': String(size),
    // RFC 9530
    'content-digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`,
    ...(contentType !== undefined && { 'content-type': contentType }),
  }
}

/** Addresses `/uploads/<signature>?upload=<claims>` of the API itself, good for `presignedMs`. */
export function createUploadAddresses(db: Database, clock: () => number) {
  const sign = (claims: string) => createHmac('sha256', secretOf(db)).update(claims).digest('base64url')

  return {
    presign(ref: DocumentRef, announced: Announced): PresignedUpload {
      const { size, sha256, contentType, attributes } = announced
      const expiresAt = clock() + presignedMs
      const claims: Claims = {
        ref: { tenant: ref.tenant, path: ref.path },
        size,
        sha256,
        contentType,
        attributes,
        expiresAt,
      }
      const text = Buffer.from(JSON.stringify(claims)).toString('base64url')
      const url = `/uploads/${sign(text)}?upload=${text}`
      return { method: 'PUT', url, headers: headersOf(announced), expiresAt }
    },

    /** @throws KassError forbidden, checksum_mismatch */
    admit(request: { url: string; headers: IncomingHttpHeaders }): Announced & { ref: DocumentRef; issuedAt: number } {
      const refuse = (detail: string): never => {
        throw new KassError('forbidden', { detail })
      }
      const [, signature = '', text = ''] = /^\/uploads\/([\w-]+)\?upload=([\w-]+)$/.exec(request.url) ?? []
      const given = Buffer.from(signature)
      const wanted = Buffer.from(sign(text))
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) refuse('This is no address for an upload.')
      const claims: Claims = JSON.parse(Buffer.from(text, 'base64url').toString())
      if (clock() >= claims.expiresAt) refuse('The time for this upload is over: ask for a new address.')
      for (const [name, value] of Object.entries(headersOf(claims))) {
        const sent = request.headers[name]
        if (sent === value) continue
        if (name !== 'content-length') refuse(`The header "${name}" must be "${value}", as it was signed.`)
        throw new KassError('checksum_mismatch', { detail: `${value} bytes were announced; the upload has ${sent}.` })
      }
      return { ...claims, issuedAt: claims.expiresAt - presignedMs }
    },
  }
}
