/**
 * The key of an edge: `source->target`. When an id contains an arrow itself, the JSON array of both ids follows, so that two edges never
 * share a key.
 */
export function edgeKey(source: string, target: string): string {
  const key = `${source}->${target}`
  const isAmbiguous = source.includes('->') || target.includes('->')
  return isAmbiguous ? `${key} ${JSON.stringify([source, target])}` : key
}
