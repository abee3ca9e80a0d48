/**
 * What `npm start` runs. Plain JavaScript, so that compiled code kept from an earlier start spares this process the
 * compiler: a third of its memory and most of its time to start.
 */
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '../node_modules/.cache/kass')
enableCompileCache(process.env.NODE_COMPILE_CACHE)
await import('./start.ts')
