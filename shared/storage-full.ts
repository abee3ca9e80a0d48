/** Of a system call: no space, or none left of what this user may take. */
const systemCodes = new Set(['ENOSPC', 'EDQUOT'])
/** SQLITE_FULL, and SQLITE_IOERR_SHMSIZE: no room for the file beside the write-ahead log (sqlite.org/rescode.html). */
const sqliteCodes = new Set([13, 4874])

/** Whether something failed, itself or in its cause, because there is no room for what was to be written. */
export function isStorageFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('code' in error && typeof error.code === 'string' && systemCodes.has(error.code)) return true
  if ('errcode' in error && typeof error.errcode === 'number' && sqliteCodes.has(error.errcode)) return true
  return isStorageFull(error.cause)
}
