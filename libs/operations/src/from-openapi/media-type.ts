/** `Application/JSON; charset=utf-8` as `application/json`. */
export function mediaTypeOf(contentType: string): string {
  return (contentType.split(';')[0] ?? '').trim().toLowerCase()
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

const PREFERENCE: readonly MediaKind[] = ['json', 'multipart', 'form', 'text', 'binary', 'events']

/** The media types, the ones that say most first; `application/json` before its relatives, otherwise in the document's order. */
export function preferred(contentTypes: readonly string[]): string[] {
  const rank = (type: string): number =>
    PREFERENCE.indexOf(kindOf(type)) * 2 +
    (kindOf(type) === 'json' && mediaTypeOf(type) !== 'application/json' ? 1 : 0)
  return contentTypes.toSorted((a, b) => rank(a) - rank(b))
}
