/** What all keys of traces begin with. */
export const tracePrefix = 'traces/'

/**
 * Where the trace of an answer lies in the derived store. Message ids are unique over all tenants, so the key needs nothing
 * else, and a conversation can be forgotten by them; they are ULIDs, so the keys have the order of their age.
 */
export const traceKey = (messageId: string): string => `${tracePrefix}${messageId}.json`
