import { attemptPromises } from './document-store/attempts.ts'
import { awaitingPromises } from './document-store/awaiting.ts'
import { claimPromises } from './document-store/claims.ts'
import { deletionPromises } from './document-store/deletion.ts'
import { racePromises } from './document-store/races.ts'
import { readingPromises } from './document-store/reading.ts'
import type { OpenDocuments } from './document-store/support.ts'
import { wishPromises } from './document-store/wishes.ts'

/** What every DocumentStore promises. `open` gives two connections to one empty store, and the clock they go by. */
export function documentStoreContract(name: string, open: OpenDocuments): void {
  wishPromises(name, open)
  awaitingPromises(name, open)
  claimPromises(name, open)
  attemptPromises(name, open)
  deletionPromises(name, open)
  readingPromises(name, open)
  racePromises(name, open)
}
