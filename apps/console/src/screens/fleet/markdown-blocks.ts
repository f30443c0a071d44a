/** A block of a text in Markdown. */
export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'quote'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly ListItem[] }

export interface ListItem {
  /** Levels below the outermost list. */
  readonly depth: number
  /** `•`, or the number as it was written. */
  readonly mark: string
  readonly text: string
}

/** A piece of a line. */
export interface Span {
  readonly kind: 'text' | 'code' | 'strong'
  readonly text: string
}

const FENCE = /^ {0,3}(```+|~~~+)/
const HEADING = /^#{1,6} +(\S.*)$/
const ITEM = /^( *)([-*+]|\d{1,9}[.)]) +(.*)$/
const QUOTE = /^ {0,3}> ?(.*)$/
const TABLE = /^ *\|.*\| *$/
const MAX_DEPTH = 6

/** What of a text is a heading, a list, code, or a quotation. Every character of the text that is not a mark is in one block. */
export function blocksOf(text: string): readonly Block[] {
  const lines = text.split(/\r?\n/)
  const blocks: Block[] = []
  let at = 0
  const take = (isPart: (line: string) => boolean): readonly string[] => {
    const from = at
    while (at < lines.length && isPart(lines[at] ?? '')) at += 1
    return lines.slice(from, at)
  }
  while (at < lines.length) {
    const line = lines[at] ?? ''
    const [, fence] = FENCE.exec(line) ?? []
    const [, heading] = HEADING.exec(line) ?? []
    if (fence !== undefined) {
      at += 1
      const code = take((one) => !one.trimStart().startsWith(fence))
      at += 1
      blocks.push({ kind: 'code', text: code.join('\n') })
    } else if (heading !== undefined) {
      at += 1
      blocks.push({ kind: 'heading', text: heading })
    } else if (ITEM.test(line)) {
      blocks.push({
        kind: 'list',
        items: itemsOf(take((one) => ITEM.test(one) || /^ {2,}\S/.test(one))),
      })
    } else if (QUOTE.test(line)) {
      const quoted = take((one) => QUOTE.test(one))
      blocks.push({
        kind: 'quote',
        text: quoted.map((one) => QUOTE.exec(one)?.[1] ?? '').join('\n'),
      })
    } else if (TABLE.test(line)) {
      blocks.push({ kind: 'code', text: take((one) => TABLE.test(one)).join('\n') })
    } else if (line.trim() === '') {
      at += 1
    } else {
      const isText = (one: string): boolean =>
        one.trim() !== '' && ![FENCE, HEADING, ITEM, QUOTE, TABLE].some((begin) => begin.test(one))
      blocks.push({ kind: 'text', text: take(isText).join('\n') })
    }
  }
  return blocks
}

/** Lines that are indented below an item belong to it. */
function itemsOf(lines: readonly string[]): readonly ListItem[] {
  const items: ListItem[] = []
  for (const line of lines) {
    const [, indent = '', mark = '', text = ''] = ITEM.exec(line) ?? []
    const last = items.at(-1)
    if (mark !== '')
      items.push({
        depth: Math.min(Math.floor(indent.length / 2), MAX_DEPTH),
        mark: /\d/.test(mark) ? mark : '•',
        text,
      })
    else if (last !== undefined)
      items[items.length - 1] = { ...last, text: `${last.text}\n${line.trim()}` }
  }
  return items
}

const SPAN = /`([^`\n]+)`|\*\*([^*\n]+)\*\*/g

/** Code and what is emphasized in a text. Links stay as they were written: a click on what a model wrote must not lead out of the hub. */
export function spansOf(text: string): readonly Span[] {
  const spans: Span[] = []
  let at = 0
  for (const match of text.matchAll(SPAN)) {
    const [whole, code, strong] = match
    if (match.index > at) spans.push({ kind: 'text', text: text.slice(at, match.index) })
    spans.push(
      code === undefined ? { kind: 'strong', text: strong ?? '' } : { kind: 'code', text: code },
    )
    at = match.index + whole.length
  }
  if (at < text.length) spans.push({ kind: 'text', text: text.slice(at) })
  return spans
}
