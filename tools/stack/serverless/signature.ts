import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

export interface SignedRequest {
  method: string
  /** As it came over the wire, query included. */
  url: string
  headers: IncomingHttpHeaders
  body: Buffer
}

export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
}

const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest('hex')
const hmac = (key: Buffer | string, text: string) => createHmac('sha256', key).update(text).digest()
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

/**
 * Why a request is not signed for OpenSearch Serverless; undefined when it is. Signature Version 4 as the AWS guide
 * "Create a signed AWS API request" has it: service `aoss`, and the hash of the body in a signed header.
 */
export function signatureFault(request: SignedRequest, credentials: Credentials): string | undefined {
  const { headers } = request
  const said = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
    headers.authorization ?? '',
  )
  const [, credential = '', names = '', signature = ''] = said ?? []
  if (!said) return 'no Signature Version 4 in the Authorization header'
  const [key, day = '', region = '', service, end] = credential.split('/')
  if (service !== 'aoss' || end !== 'aws4_request') return `signed for the service ${service}, not for aoss`
  if (key !== credentials.accessKeyId) return `unknown access key ${key}`
  const hash = headers['x-amz-content-sha256']
  if (hash === undefined) return 'no x-amz-content-sha256 header'
  const signed = names.split(';')
  if (!signed.includes('x-amz-content-sha256')) return 'x-amz-content-sha256 is not among the signed headers'
  if (!signed.includes('host')) return 'host is not among the signed headers'
  if (hash !== sha256(request.body)) return 'x-amz-content-sha256 is not the hash of the body'
  const date = headers['x-amz-date']
  if (typeof date !== 'string' || !date.startsWith(day)) return 'no x-amz-date header of the day that is signed for'

  const canonical = [request.method, canonicalUrl(request.url), canonicalHeaders(headers, signed), names, hash].join(
    '\n',
  )
  const scope = `${day}/${region}/aoss/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')
  const signingKey = [region, 'aoss', 'aws4_request'].reduce(hmac, hmac(`AWS4${credentials.secretAccessKey}`, day))
  const right = hmac(signingKey, toSign)
  return timingSafeEqual(right, Buffer.from(signature, 'hex')) ? undefined : 'the signature does not match'
}

/** Path and query; every segment of the path is encoded once more, as for all services but S3. */
function canonicalUrl(url: string): string {
  const [path = '/', query = ''] = url.split(/\?(.*)/s)
  const parameters = [...new URLSearchParams(query)].map(([name, value]) => `${encode(name)}=${encode(value)}`)
  return `${path.split('/').map(encode).join('/')}\n${parameters.sort().join('&')}`
}

function canonicalHeaders(headers: IncomingHttpHeaders, names: readonly string[]): string {
  return names
    .map(
      (name) =>
        `${name}:${String(headers[name] ?? '')
          .trim()
          .replace(/ +/g, ' ')}\n`,
    )
    .join('')
}
