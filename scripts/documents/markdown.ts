/** A link of a Markdown text. */
export interface MarkdownLink {
  /** Counted from 1. */
  readonly line: number
  /** As written, without a title: a path, a URL or `#anchor`. */
  readonly target: string
}

/** A fenced block of a Markdown text. */
export interface CodeBlock {
  /** The line of the opening fence, counted from 1. */
  readonly line: number
  readonly language: string
  readonly lines: readonly string[]
}

const FENCE = /^\s*(```+|~~~+)\s*([\w-]*)/
const INLINE_LINK = /\]\(\s*(?:<([^>]*)>|([^\s()]*(?:\([^\s()]*\)[^\s()]*)*))(?:\s+"[^"]*")?\s*\)/g
const REFERENCE = /^\s{0,3}\[[^\]]+\]:\s*(\S+)/
const HTML_LINK = /\b(?:href|src)="([^"]+)"/g
const HTML_ANCHOR = /<a\s+(?:id|name)="([^"]+)"/g

/** The text without its code blocks, and the code blocks. Lines keep their numbers. */
export function splitCode(markdown: string): { prose: string[]; blocks: CodeBlock[] } {
  const prose: string[] = []
  const blocks: CodeBlock[] = []
  let open: { fence: string; line: number; language: string; lines: string[] } | undefined
  for (const [index, line] of markdown.split('\n').entries()) {
    const [, fence = '', language = ''] = FENCE.exec(line) ?? []
    if (open === undefined) {
      if (fence !== '') open = { fence, line: index + 1, language, lines: [] }
      prose.push(fence === '' ? line : '')
      continue
    }
    prose.push('')
    if (fence.startsWith(open.fence) && language === '') {
      blocks.push(open)
      open = undefined
    } else {
      open.lines.push(line)
    }
  }
  if (open !== undefined) blocks.push(open)
  return { prose, blocks }
}

/** Every link of the text outside of code. */
export function linksOf(markdown: string): MarkdownLink[] {
  return splitCode(markdown).prose.flatMap((raw, index) => {
    const line = raw.replace(/(`+)(?!`).*?(?<!`)\1(?!`)/g, '``')
    const targets = [
      ...[...line.matchAll(INLINE_LINK)].map((match) => match[1] ?? match[2] ?? ''),
      ...[...line.matchAll(HTML_LINK)].map((match) => match[1] ?? ''),
      ...(REFERENCE.exec(line)?.slice(1, 2) ?? []),
    ]
    return targets.map((target) => ({ line: index + 1, target }))
  })
}

/** The anchors of the headings, made as GitHub makes them, and those of `<a id>`. */
export function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>()
  const times = new Map<string, number>()
  for (const line of splitCode(markdown).prose) {
    for (const [, id = ''] of line.matchAll(HTML_ANCHOR)) anchors.add(id)
    const title = /^ {0,3}#{1,6}\s+(.*?)\s*#*\s*$/.exec(line)?.[1]
    if (title === undefined) continue
    const anchor = anchorOf(title)
    const seen = times.get(anchor) ?? 0
    times.set(anchor, seen + 1)
    anchors.add(seen === 0 ? anchor : `${anchor}-${seen}`)
  }
  return anchors
}

function anchorOf(title: string): string {
  return title
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/<[^>]*>/g, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-')
}
