/**
 * JSON with object keys in code-unit order, so that equal values have equal text (the ordering of RFC 8785).
 * `undefined` members are left out as in JSON.stringify; cycles and bigint throw TypeError.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    if (member === null || typeof member !== 'object' || Array.isArray(member)) return member
    const record = member as Record<string, unknown>
    const sorted: Record<string, unknown> = Object.create(null) as Record<string, unknown>
    for (const key of Object.keys(record).toSorted()) sorted[key] = record[key]
    return sorted
  })
}
