import { setTimeout as pause } from 'node:timers/promises'
import { attempt, put } from '../../../../test/contracts/search-index/corpus.ts'
import { createMemoryIndex } from '../../index.ts'

/** Puts `count` attempts of ten chunks each, removing every third again: `put.ts <file> <name> <count>`. */
const [file = '', name = '', count = '0'] = process.argv.slice(2)
const index = createMemoryIndex({ file, language: 'english' })
for (let n = 0; n < Number(count); n++) {
  await put(index, attempt(`${name}${n}`), ...Array.from({ length: 10 }, (_, i) => `apple of ${name} number ${i}`))
  if (n % 3 === 0) await index.remove(`${name}${n}`)
  console.log(`${name}${n}`)
  await pause(1)
}
await index.close()
