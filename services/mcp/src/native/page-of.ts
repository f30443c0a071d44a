import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server'

const PAGE_SIZE = 200
/** Characters of the longest cursor: a URI of 512 characters in Base64. */
const MAX_CURSOR = 4096

/** One page of what has names, in their order: that behind the name in the cursor. Throws -32602 for a cursor that no page has given. */
export function pageOf<Value>(
  known: ReadonlyMap<string, Value>,
  cursor: string | undefined,
): { readonly items: Value[]; readonly nextCursor?: string } {
  const after = cursor === undefined || cursor === '' ? '' : nameIn(cursor)
  const items: Value[] = []
  let last = ''
  for (const [name, value] of known) {
    if (name <= after) continue
    if (items.length === PAGE_SIZE) return { items, nextCursor: cursorOf(last) }
    items.push(value)
    last = name
  }
  return { items }
}

function cursorOf(name: string): string {
  return Buffer.from(name).toString('base64url')
}

function nameIn(cursor: string): string {
  const name = cursor.length > MAX_CURSOR ? '' : Buffer.from(cursor, 'base64url').toString()
  if (name !== '' && cursorOf(name) === cursor) return name
  throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'The cursor is not one of this list.')
}
