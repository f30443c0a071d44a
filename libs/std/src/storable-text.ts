/** NUL and halves of surrogate pairs: what PostgreSQL refuses or, in a column of type text, replaces without a word. */
export function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

/** The text with U+FFFD in place of each character that can't be stored: for payloads, never for names. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\u{fffd}').toWellFormed()
}

/**
 * The JSON Pointer of the first text in a JSON value (a member's name counts as a text of that member) that can't be stored; undefined when all can. The value
 * has few enough levels for a recursion (`MAX_JSON_DEPTH`). The pointer itself has U+FFFD for what can't be stored: it goes to logs and answers.
 */
export function unstorablePath(value: unknown): string | undefined {
  if (typeof value === 'string') return isStorableText(value) ? undefined : ''
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, member] of Object.entries(value)) {
    const path = isStorableText(name) ? unstorablePath(member) : ''
    if (path !== undefined) return `/${escaped(storableText(name))}${path}`
  }
  return undefined
}

/** A JSON value with U+FFFD in place of each character of its texts and names that can't be stored. It has few enough levels, as above. */
export function storableValue(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((one) => storableValue(one))
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [storableText(name), storableValue(member)]),
  )
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
