/** A message says where to look, never what to do. */
export type Job = { kind: 'reconcile'; tenant: string; path: string } | { kind: 'sweep' } | { kind: 'compare' }
