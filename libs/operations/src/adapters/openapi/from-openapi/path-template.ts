import { requestPath } from './request-url.ts'

/** `{name}` in a path. */
export interface PathExpression {
  /** As written between the braces. */
  readonly written: string
  /** Without blanks and without the operators of URI templates and gateways. */
  readonly name: string
  /** `{proxy+}`, `{+path}` or `{path*}`: the value may have slashes, which stay. */
  readonly greedy: boolean
}

/** Literal text, or a place for a value. */
export type PathPart = string | PathExpression

/** The parts of a document's path as requests have it: with a leading slash and without a fragment. */
export function parsePath(path: string): PathPart[] {
  const parts: PathPart[] = []
  let end = 0
  const sent = requestPath(path)
  for (const { 0: whole, 1: written = '', index } of sent.matchAll(/\{([^{}]+)\}/g)) {
    if (index > end) parts.push(sent.slice(end, index))
    const name = written.trim().replaceAll(/^[+#./;?&]+|[+*]+$/g, '')
    parts.push({
      written,
      name: name === '' ? written : name,
      greedy: /^\s*\+|[+*]\s*$/.test(written),
    })
    end = index + whole.length
  }
  if (end < sent.length) parts.push(sent.slice(end))
  return parts
}

/** Which of the declared path parameters an expression means: the one of its name, else the only one of the same name in another case. */
export function declaredName(
  { written, name }: PathExpression,
  declared: readonly string[],
): string | undefined {
  for (const one of [written, name]) if (declared.includes(one)) return one
  const similar = declared.filter((one) => one.trim().toLowerCase() === name.toLowerCase())
  return similar.length === 1 ? similar[0] : undefined
}
