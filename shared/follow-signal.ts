/**
 * Makes `controller` abort with `source`, until what is given is called. For sources that live as long as the process:
 * of every `AbortSignal.any` something stays behind with those.
 */
export function followSignal(controller: AbortController, source: AbortSignal): () => void {
  const abort = () => controller.abort(source.reason)
  if (source.aborted) abort()
  source.addEventListener('abort', abort, { once: true })
  return () => source.removeEventListener('abort', abort)
}
