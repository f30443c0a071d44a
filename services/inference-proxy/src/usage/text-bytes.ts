/** Members that name things and hold no text of the model. */
const NAMES: ReadonlySet<string> = new Set([
  'id',
  'call_id',
  'finish_reason',
  'object',
  'role',
  'signature',
  'status',
  'type',
])

/** UTF-8 bytes of all strings of a parsed value, without those that name things. */
export function textBytes(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (typeof value !== 'object' || value === null) return 0
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + textBytes(one), 0)
  let bytes = 0
  // Pairs of name and value would be an object for each member.
  for (const name of Object.keys(value))
    if (!NAMES.has(name)) bytes += textBytes((value as Record<string, unknown>)[name])
  return bytes
}
