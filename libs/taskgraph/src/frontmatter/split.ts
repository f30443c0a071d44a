/** A Markdown text split at its front matter. Lines count from 1. */
export interface SplitFrontmatter {
  /** `none`: there is no opening marker. `unclosed`: there is one and nothing ends it. */
  readonly kind: 'block' | 'none' | 'unclosed'
  readonly yaml: string
  readonly body: string
  /** Line of the opening marker; the YAML begins on the next one. 0 without a marker. */
  readonly line: number
  /** Position of the YAML in the text that was given. */
  readonly start: number
}

const marker = /^---[ \t]*\r?$/

/**
 * Finds the block between two lines of exactly three dashes. A byte-order mark and blanks before the
 * first marker are allowed, four dashes are no marker, and later `---` lines belong to the body.
 */
export function splitFrontmatter(markdown: string): SplitFrontmatter {
  const text = markdown.startsWith('\uFEFF') ? markdown.slice(1) : markdown
  let at = 0
  let line = 0
  let opened = -1
  let openedLine = 0
  while (at <= text.length) {
    const newline = text.indexOf('\n', at)
    const end = newline === -1 ? text.length : newline
    const next = end + 1
    line += 1
    // The opening marker may be indented, the closing one must start its line.
    if (opened === -1) {
      const content = text.slice(at, end).trimStart()
      if (marker.test(content)) {
        opened = next
        openedLine = line
      } else if (content !== '') {
        return { kind: 'none', yaml: '', body: text, line: 0, start: 0 }
      }
    } else if (end - at < 64 && marker.test(text.slice(at, end))) {
      return {
        kind: 'block',
        yaml: text.slice(opened, at),
        body: text.slice(next),
        line: openedLine,
        start: opened + markdown.length - text.length,
      }
    }
    at = next
  }
  return opened === -1
    ? { kind: 'none', yaml: '', body: text, line: 0, start: 0 }
    : { kind: 'unclosed', yaml: '', body: text, line: openedLine, start: 0 }
}
