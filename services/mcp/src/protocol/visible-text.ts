/** Control characters, invisible ones, and those that change the direction of text, as escapes. */
export function visibleText(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escaped)
}

/** The same for a text of several lines: line breaks and tabs stay, and so do the joiners of scripts and emoji. */
export function visibleLines(text: string): string {
  return text.replaceAll(/(?![\n\t\u200C\u200D])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escaped)
}

function escaped(char: string): string {
  return `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
}

/** Members of a schema that are data. */
const DATA: ReadonlySet<string> = new Set(['const', 'default', 'enum', 'examples'])
const TEXTS: ReadonlySet<string> = new Set(['title', 'description', 'summary'])

/**
 * What an operation, or a list of them, says to readers, with nothing invisible in its titles and descriptions: their authors could otherwise write instructions that a model
 * reads and a person does not see. Gives the value itself when there is nothing of the kind.
 */
export function visibleTexts<Value>(value: Value): Value {
  return visibleWithin(value) as Value
}

function visibleWithin(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items = value.map(visibleWithin)
    return items.some((item, at) => item !== value[at]) ? items : value
  }
  let changed: [string, unknown][] | undefined
  for (const [name, member] of Object.entries(value)) {
    if (DATA.has(name)) continue
    const isText = typeof member === 'string' && TEXTS.has(name)
    const shown = isText ? visibleLines(member.replaceAll('\r\n', '\n')) : visibleWithin(member)
    if (shown !== member) (changed ??= []).push([name, shown])
  }
  // Not by assignment, so that a member `__proto__` stays one.
  return changed === undefined ? value : Object.fromEntries([...Object.entries(value), ...changed])
}
