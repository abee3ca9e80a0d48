import { join } from 'node:path'
import type { Test } from 'tap'
import type { SearchLanguage } from '../../../text/analyze.ts'
import { createMemoryIndex, type MemoryIndexOptions } from '../index.ts'

/** A file of the test's own. */
export const indexFile = (t: Test): string => join(t.testdir({}), 'index.db')

/** An index that is closed with the test. */
export function openIndex(t: Test, file: string, options: Partial<MemoryIndexOptions> = {}) {
  const language: SearchLanguage = 'english'
  const index = createMemoryIndex({ file, language, ...options })
  t.teardown(() => index.close())
  return index
}
