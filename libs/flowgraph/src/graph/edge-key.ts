/**
 * Key of the edge between two nodes: `a->b`. When an id contains an arrow itself, the JSON of both follows, so that two
 * pairs never share a key.
 */
export function edgeKey(source: string, target: string): string {
  const key = `${source}->${target}`
  return source.includes('->') || target.includes('->')
    ? `${key} ${JSON.stringify([source, target])}`
    : key
}
