import type { ClientOperation } from '@alkdev/contracts'

type Held = NonNullable<ClientOperation['held']>

/** Characters of one text that are shown. */
const MAX_SHOWN = 2000
const PARTS = ['title', 'description', 'type', 'hints', 'inputSchema', 'outputSchema'] as const

/** What waits to be accepted, for people: each part that has changed, as it was accepted and as it is offered; of a new tool everything. */
export function heldLines({ changes, accepted, offered }: Held): string[] {
  const isNew = changes.length === 0
  return PARTS.filter((part) => (isNew ? part in offered : changes.includes(part))).flatMap(
    (part) =>
      isNew
        ? [`      ${part}: ${textOf(offered[part])}`]
        : [
            `      ${part} accepted: ${textOf(accepted[part])}`,
            `      ${part} offered:  ${textOf(offered[part])}`,
          ],
  )
}

/** As JSON on one line, with what is invisible as escapes: agents read it. */
function textOf(value: unknown): string {
  const text = (JSON.stringify(value) ?? 'none').replaceAll(/\p{Cf}/gu, escaped)
  if (text.length <= MAX_SHOWN) return text
  return `${text.slice(0, MAX_SHOWN)}... (${text.length - MAX_SHOWN} characters more: --json)`
}

function escaped(char: string): string {
  return `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
}
