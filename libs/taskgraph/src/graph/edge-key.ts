/**
 * The key of an edge in graphology and in JSON: `source->target`. When an id contains an arrow itself, the
 * JSON array of both ids follows the arrow form, so that two edges never share a key.
 */
export function edgeKey(source: string, target: string): string {
  const key = `${source}->${target}`
  const ambiguous = source.includes('->') || target.includes('->')
  return ambiguous ? `${key} ${JSON.stringify([source, target])}` : key
}
