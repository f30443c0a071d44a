import { call } from './hub/call.ts'
import { isKey, withoutSecret } from './hub/key-hint.ts'
import { can } from './hub/log-in.ts'
import { request } from './hub/request.ts'
import { visibleScreens } from './screens.ts'
import { hrefOf } from './url/location.ts'

/** Something that was found. */
export interface Hit {
  readonly href: string
  readonly kind: string
  readonly text: string
  readonly more?: string
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
/** Of each kind but operations. */
const LIMIT = 4
const MAX_TEXT = 256
/** The project that a view shows when its address names none. */
const DEFAULT_PROJECT = 'default'

/** What the text alone says: screens by their names, and what has this id. */
export function atOnce(text: string): readonly Hit[] {
  const query = text.trim().toLowerCase()
  const screens = visibleScreens()
    .filter(({ name }) => name.toLowerCase().includes(query))
    .map(({ path, name }) => ({ href: path, kind: 'Screen', text: name }))
  return [...byId(query), ...screens]
}

function byId(id: string): readonly Hit[] {
  if (UUID.test(id))
    return [
      { href: `calls/${id}`, kind: 'Call', text: id },
      { href: `fleet/${id}`, kind: 'Session', text: id },
      { href: `workflows/${id}`, kind: 'Run', text: id },
    ]
  if (/^[0-9a-f][0-9a-f-]{5,}$/.test(id))
    return [{ href: `calls?id=${id}`, kind: 'Calls', text: `whose id begins with ${id}` }]
  return []
}

type Source = (q: string, signal: AbortSignal) => Promise<readonly Hit[]>

const operations: Source = async (q, signal) => {
  const answer = await request(hrefOf('api/operations', { limit: '8', q }), { signal })
  const { items } = (await answer.json()) as {
    readonly items: readonly { readonly operationId: string; readonly title?: string }[]
  }
  return items.map(({ operationId, title }) => ({
    href: `operations/${encodeURIComponent(operationId)}`,
    kind: 'Operation',
    text: operationId,
    ...(title !== undefined && { more: title }),
  }))
}

const sessions: Source = async (q, signal) => {
  const { items } = await call('sessions.list', { q, limit: LIMIT }, { signal })
  return items.map(({ sessionId, title, status }) => ({
    href: `fleet/${sessionId}`,
    kind: 'Session',
    text: title,
    more: status,
  }))
}

const tasks: Source = async (q, signal) => {
  const { items } = await call('tasks.list', { q, limit: LIMIT, allProjects: true }, { signal })
  return items.map(({ slug, name, project = DEFAULT_PROJECT }) => ({
    href: hrefOf(`plan/${encodeURIComponent(slug)}`, {
      project: project === DEFAULT_PROJECT ? undefined : project,
    }),
    kind: 'Task',
    text: slug,
    more: project === DEFAULT_PROJECT ? name : `${project}: ${name}`,
  }))
}

const spokes: Source = async (q, signal) => {
  const { items } = await call('spokes.list', { q, limit: LIMIT }, { signal })
  return items.map(({ name, status }) => ({
    href: `spokes/${encodeURIComponent(name)}`,
    kind: 'Spoke',
    text: name,
    more: status,
  }))
}

const keys: Source = async (q, signal) => {
  const { items } = await call('keys.list', { q, limit: LIMIT }, { signal })
  return items.map(({ name, hint, keyId }) => ({
    href: hrefOf('access', { q: hint ?? name ?? '' }),
    kind: 'Key',
    text: name ?? keyId,
    ...(hint !== undefined && { more: `${hint}…` }),
  }))
}

/** Each kind with the scope that it needs. */
const SOURCES: readonly (readonly [source: Source, scope?: string])[] = [
  [operations],
  [sessions],
  [tasks, 'tasks:read'],
  [spokes, 'spokes:read'],
  [keys, 'keys:read'],
]

/**
 * Finds operations, sessions, tasks, spokes and keys by a text of their names, and keys by how they begin. Of a whole key only its beginning is sent. `onFound`
 * gets what is known after each answer, in the order of the kinds; a kind that fails is left out.
 */
export function find(
  text: string,
  signal: AbortSignal,
  onFound: (hits: readonly Hit[]) => void,
): void {
  const query = withoutSecret(text.trim()).slice(0, MAX_TEXT)
  if (query === '' || UUID.test(query)) return onFound([])
  const found: (readonly Hit[])[] = []
  const sources = isKey(query) ? SOURCES.filter(([source]) => source === keys) : SOURCES
  for (const [at, [source, scope]] of sources.entries()) {
    if (scope !== undefined && !can(scope)) continue
    source(query, signal).then(
      (hits) => {
        if (signal.aborted) return
        found[at] = hits
        onFound(found.flatMap((one) => one ?? []))
      },
      () => undefined,
    )
  }
  return undefined
}
