const MAX_PARAMETERS = 64
const MAX_DEPTH = 2
const MAX_DESCRIPTION = 120

/** The names and descriptions of the parameters of an input schema, of its outer two levels, at most 64. */
export function parameterText(inputSchema: unknown): string {
  const texts: string[] = []
  collect(inputSchema, texts, 1)
  return texts.join(' ')
}

function collect(schema: unknown, texts: string[], depth: number): void {
  if (typeof schema !== 'object' || schema === null || texts.length >= MAX_PARAMETERS) return
  const { properties, items } = schema as {
    readonly properties?: unknown
    readonly items?: unknown
  }
  if (depth > MAX_DEPTH) return
  if (typeof properties === 'object' && properties !== null) {
    for (const [name, property] of Object.entries(properties)) {
      if (texts.length >= MAX_PARAMETERS) return
      const description: unknown = (property as { readonly description?: unknown } | null)
        ?.description
      texts.push(
        typeof description === 'string' ? `${name} ${description.slice(0, MAX_DESCRIPTION)}` : name,
      )
      collect(property, texts, depth + 1)
    }
  }
  if (items !== undefined) collect(items, texts, depth + 1)
}
