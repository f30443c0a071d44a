/** `Application/JSON; charset=utf-8` as `application/json`; of several, as proxies join them, the first. */
export function mediaTypeOf(contentType: string): string {
  return (contentType.split(/[;,]/)[0] ?? '').trim().toLowerCase()
}

/** The `charset` parameter; undefined when there is none. */
export function charsetOf(contentType: string): string | undefined {
  return /;\s*charset\s*=\s*["']?([^\s"';,]+)/i.exec(contentType)?.[1]
}

export type MediaKind = 'json' | 'events' | 'form' | 'multipart' | 'text' | 'binary'

const TEXTUAL = new Set([
  'application/xml',
  'application/yaml',
  'application/x-yaml',
  'application/javascript',
  'application/graphql',
  'application/x-ndjson',
  'application/jsonl',
  'application/json-seq',
  'application/sql',
])

export function kindOf(contentType: string): MediaKind {
  const type = mediaTypeOf(contentType)
  if (
    type === 'application/json' ||
    type.endsWith('+json') ||
    type === '*/*' ||
    type === 'text/json'
  )
    return 'json'
  if (type === 'text/event-stream') return 'events'
  if (type === 'application/x-www-form-urlencoded') return 'form'
  if (type.startsWith('multipart/')) return 'multipart'
  if (
    type.startsWith('text/') ||
    TEXTUAL.has(type) ||
    type.endsWith('+xml') ||
    type.endsWith('+yaml')
  )
    return 'text'
  return 'binary'
}

/** Whether text of this type is YAML, so that JSON is such text. */
export function isYaml(contentType: string): boolean {
  return /[/+-]yaml$/.test(mediaTypeOf(contentType))
}

const PREFERENCE: readonly MediaKind[] = ['json', 'multipart', 'form', 'text', 'binary', 'events']

/** `application/json`, then the formats that describe a whole value or a merge; a JSON patch is a list of changes and comes last. */
function rankOfJson(type: string): number {
  if (type === 'application/json') return 0
  if (type === 'application/merge-patch+json') return 1
  if (type === '*/*' || type.includes('*')) return 3
  return isJsonPatch(type) ? 4 : 2
}

export function isJsonPatch(contentType: string): boolean {
  return mediaTypeOf(contentType) === 'application/json-patch+json'
}

/** The media types, the ones that say most first: JSON, multipart, form, text, bytes; otherwise in the document's order. */
export function preferred(contentTypes: readonly string[]): string[] {
  const rank = (type: string): number =>
    PREFERENCE.indexOf(kindOf(type)) * 8 +
    (kindOf(type) === 'json' ? rankOfJson(mediaTypeOf(type)) : 0)
  return contentTypes.toSorted((a, b) => rank(a) - rank(b))
}
