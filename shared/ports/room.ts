/** Whether a storage that can fill up takes more. */
export interface Room {
  /** @throws KassError storage_full; whatever else keeps it from writing */
  check(): Promise<void>
}
