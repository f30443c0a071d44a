/** Tells the names that a pattern fits, in which `*` stands for any text. Takes linear time for every name. */
export function namePattern(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*')
  const [first = ''] = parts
  if (parts.length === 1) return (name) => name === pattern
  const last = parts.at(-1) ?? ''
  return (name) => {
    if (!name.startsWith(first) || !name.endsWith(last)) return false
    let at = first.length
    for (const part of parts.slice(1, -1)) {
      const found = name.indexOf(part, at)
      if (found === -1) return false
      at = found + part.length
    }
    return at <= name.length - last.length
  }
}
