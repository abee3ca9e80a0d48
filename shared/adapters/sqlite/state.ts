import { type Database, openDatabase } from './database.ts'
import { migrations } from './migrations.ts'

/**
 * Opens `kass.db`, the one file that holds all state of the embedded mode but the index; made or upgraded as needed.
 * @throws NewerSchema
 */
export function openStateDatabase(file: string, options: { leaveCheckpoints?: boolean } = {}): Database {
  return openDatabase(file, { migrations, ...options })
}
