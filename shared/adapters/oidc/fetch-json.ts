/** What a discovery document or a set of keys may have; real ones have a few kilobytes. */
const maxBytes = 256 * 1024

/**
 * Fetches JSON within a time and a size. Redirects are not followed: they would lead to an address that nobody configured.
 * @throws Error for everything that is no JSON with a status of 200
 */
export async function fetchJson(url: string, timeoutMs: number): Promise<unknown> {
  const signal = AbortSignal.timeout(timeoutMs)
  const response = await fetch(url, { redirect: 'error', signal, headers: { accept: 'application/json' } })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`${url} answered ${response.status}`)
  }
  const parts: Uint8Array[] = []
  let size = 0
  // Leaving the loop by an error ends the transfer.
  for await (const part of response.body ?? []) {
    size += part.length
    if (size > maxBytes) throw new Error(`${url} answered with more than ${maxBytes} bytes`)
    parts.push(part)
  }
  return JSON.parse(Buffer.concat(parts).toString('utf8'))
}
