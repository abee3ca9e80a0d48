/** What a caller may be allowed to do; `admin` may do everything. */
export const scopes = ['chat', 'search', 'documents:read', 'documents:write', 'admin'] as const
export type Scope = (typeof scopes)[number]
