/** One name inside the braces of a path. */
export interface PathVariable {
  /** As written. */
  readonly written: string
  /** Without blanks, operators, constraints and defaults. */
  readonly name: string
  /** The value may have slashes, which stay: `{proxy+}`, `{+path}`, `{path*}`, `{**path}`, `{path:path}`, `{path:.*}`, `{name=a/*}`. */
  readonly greedy: boolean
}

/** `{name}` in a path. */
export interface PathExpression {
  /** As written between the braces. */
  readonly written: string
  /** Operator of URI templates (RFC 6570, 2.2): `/`, `.`, `;`, `?`, `&`, `#` or none. */
  readonly operator: string
  /** At least one. */
  readonly variables: readonly PathVariable[]
}

/** Literal text, or a place for values. */
export type PathPart = string | PathExpression

/** Operators whose values are not in the path: in the query, or in the fragment, which is never sent. */
export function isOutsidePath({ operator }: PathExpression): boolean {
  return operator === '?' || operator === '&' || operator === '#'
}

/** The parts of a document's path as requests have it: with a leading slash and without a fragment. Braces inside braces belong to the expression. */
export function parsePath(path: string): PathPart[] {
  const parts: PathPart[] = []
  let literal = ''
  for (let at = 0; at < path.length; at++) {
    const end = path[at] === '{' ? endOfBraces(path, at) : -1
    if (end > at + 1) {
      if (literal !== '') parts.push(literal)
      literal = ''
      parts.push(expressionOf(path.slice(at + 1, end)))
      at = end
    } else if (path[at] === '#') break
    else literal += path[at]
  }
  if (literal !== '') parts.push(literal)
  const [first] = parts
  if (typeof first === 'string' && first.startsWith('/')) return parts
  if (typeof first === 'object' && first.operator === '/') return parts
  return typeof first === 'string' ? [`/${first}`, ...parts.slice(1)] : ['/', ...parts]
}

/** Where the brace that opens at `start` is closed; -1 for none, and for empty ones. */
function endOfBraces(path: string, start: number): number {
  let depth = 0
  for (let at = start; at < path.length; at++) {
    if (path[at] === '\\') at++
    else if (path[at] === '{') depth++
    else if (path[at] === '}' && --depth === 0) return at
  }
  return path.indexOf('}', start)
}

function expressionOf(written: string): PathExpression {
  const trimmed = written.trim()
  const operator = /^[/.;?&#]/.exec(trimmed)?.[0] ?? ''
  const names = trimmed.slice(operator.length)
  const isList = /^[\w.%*-]+(?::\d+)?(?:\s*,\s*[\w.%*-]+(?::\d+)?)+$/.test(names)
  return {
    written,
    operator,
    variables: (isList ? names.split(',') : [names]).map((name) => variableOf(name, written)),
  }
}

function variableOf(given: string, written: string): PathVariable {
  const [, before = '', name = '', after = ''] =
    /^\s*([+*]*)([^:=<(?*+]*?)\s*([:=<(?*+].*)?$/s.exec(given) ?? []
  const constraint = after.replace(/^[:=<(]\s*/, '')
  return {
    written: given.trim(),
    name: name === '' ? written : name,
    greedy:
      before !== '' || /^[+*]/.test(after) || /^(?:path\b|\(?\.[*+])|\/|\*\*/.test(constraint),
  }
}

/** Which of the declared path parameters a variable means: the one of its name, else the only one of the same name in another case. */
export function declaredName(
  { written, name }: Pick<PathVariable, 'written' | 'name'>,
  declared: readonly string[],
): string | undefined {
  for (const one of [written, name]) if (declared.includes(one)) return one
  const similar = declared.filter((one) => one.trim().toLowerCase() === name.toLowerCase())
  return similar.length === 1 ? similar[0] : undefined
}

/** The variables of an expression, or the expression as one where a parameter is declared by all that is written. */
export function variablesOf(
  { written, variables }: PathExpression,
  declared: readonly string[],
): readonly PathVariable[] {
  if (!declared.includes(written)) return variables
  return [{ written, name: written, greedy: variables.some(({ greedy }) => greedy) }]
}
