/** Values for a while. An expired value is never given, whether the store has removed it yet or not. */
export interface Cache {
  get(key: string): Promise<string | undefined>
  put(key: string, value: string, ttlMs: number): Promise<void>
  remove(key: string): Promise<void>
}
