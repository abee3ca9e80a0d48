import { createHash } from 'node:crypto'

/** The most that an item may hold, its names and keys included, is 400 KB; some is left for what stands beside a text. */
export const maxTextBytes = 390 * 1024

/** A short name for any texts: the same for the same ones, never the same for others, and no longer for long ones. */
export function digest(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22)
}

/** In which of so many shards something belongs, always the same for the same name: `00`, `01`, … */
export function shardOf(name: string, shards: number): string {
  return shardName((createHash('sha256').update(name).digest()[0] ?? 0) % shards)
}

/** All shards there are. */
export function shardsOf(shards: number): string[] {
  return Array.from({ length: shards }, (_, shard) => shardName(shard))
}

function shardName(shard: number): string {
  return String(shard).padStart(2, '0')
}

/** The order that sort keys have: by their bytes in UTF-8. JavaScript's own differs beyond the basic plane. */
export function byBytes(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b))
}
