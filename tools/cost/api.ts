/** A caller with a key. */
export interface Api {
  post(path: string, body: unknown): Promise<{ status: number; body: unknown }>
  /** Gives the document's id. */
  upload(path: string, bytes: Uint8Array): Promise<string>
  status(id: string): Promise<string>
}

const field = (body: unknown, name: string): string =>
  typeof body === 'object' && body !== null ? String(Reflect.get(body, name)) : ''

export function createApi(url: string, key: string): Api {
  async function send(method: string, path: string, body?: unknown) {
    const form = body instanceof FormData
    const headers = { 'x-api-key': key, ...(body !== undefined && !form && { 'content-type': 'application/json' }) }
    const response = await fetch(url + path, { method, headers, body: form ? body : JSON.stringify(body) })
    const answer: unknown = await response.json()
    return { status: response.status, body: answer }
  }
  return {
    post: (path, body) => send('POST', path, body),
    async upload(path, bytes) {
      const form = new FormData()
      form.set('path', path)
      form.set('file', new Blob([new Uint8Array(bytes)]), path.split('/').pop())
      const { status, body } = await send('POST', '/documents', form)
      if (status !== 202) throw new Error(`an upload was answered ${status}: ${JSON.stringify(body)}`)
      return field(body, 'id')
    },
    status: async (id) => field((await send('GET', `/documents/${id}`)).body, 'status'),
  }
}
