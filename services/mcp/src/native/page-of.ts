const PAGE_SIZE = 200

/** One page of what has names, in their order: that behind the name in the cursor. */
export function pageOf<Value>(
  known: ReadonlyMap<string, Value>,
  cursor: string | undefined,
): { readonly items: Value[]; readonly nextCursor?: string } {
  const after = cursor === undefined ? '' : Buffer.from(cursor, 'base64url').toString()
  const items: Value[] = []
  let last = ''
  for (const [name, value] of known) {
    if (name <= after) continue
    if (items.length === PAGE_SIZE)
      return { items, nextCursor: Buffer.from(last).toString('base64url') }
    items.push(value)
    last = name
  }
  return { items }
}
