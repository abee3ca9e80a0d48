/** A sum for people: no digits that nobody knows. */
export function dollars(usd: number): string {
  if (usd === 0) return '$0'
  if (usd < 0.01) return '<$0.01'
  if (usd < 10) return `$${usd.toFixed(2)}`
  const digits = Math.max(0, Math.floor(Math.log10(usd)) - 2)
  const rounded = Math.round(usd / 10 ** digits) * 10 ** digits
  return `$${rounded.toLocaleString('en-US')}`
}
