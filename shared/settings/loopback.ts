const loopbackHosts = new Set(['127.0.0.1', '::1', 'localhost'])

/** Whether an address is reached from this machine only. */
export function isLoopback(host: string): boolean {
  return loopbackHosts.has(host) || /^127\.\d+\.\d+\.\d+$/.test(host)
}
