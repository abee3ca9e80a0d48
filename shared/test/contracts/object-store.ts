import type { Test } from 'tap'
import { changePromises } from './object-store/changes.ts'
import { presignedPromises } from './object-store/presigned.ts'
import type { OpenedObjects } from './object-store/support.ts'
import { uploadPromises } from './object-store/uploads.ts'

/** What every ObjectStore promises. `open` gives two connections to one empty store. */
export function objectStoreContract(name: string, open: (t: Test) => Promise<OpenedObjects>): void {
  uploadPromises(name, open)
  changePromises(name, open)
  presignedPromises(name, open)
}
