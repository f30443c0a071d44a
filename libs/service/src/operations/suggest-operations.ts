import type { Bus } from '@alkdev/bus'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { nearest } from '@alkdev/std'

const MAX_SUGGESTIONS = 3
/** Maximum operations that are compared with the name. */
const MAX_CANDIDATES = 50
const MAX_NAME_LENGTH = 128

/**
 * The error of a call with suggested operations, as `details.suggestions` and in the message: for a name that the caller cannot see, the
 * most similar names that it can see; for an operation without a provider, the same operation under a name that has one. An operation that
 * exists and may not be seen gets the same suggestions as one that does not exist. Other errors, and names without similar ones, are
 * returned unchanged.
 */
export async function withSuggestions(
  { directory }: Pick<Bus, 'directory'>,
  identity: Identity,
  operationId: string,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof CallError) || operationId.length > MAX_NAME_LENGTH) return error
  const details = error.details as { readonly operationId?: unknown } | undefined
  const isUnknown = error.code === 'OPERATION_NOT_FOUND' && details?.operationId === operationId
  if (!isUnknown && error.code !== 'PROVIDER_UNAVAILABLE') return error
  const words = operationId.replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
  const hits = await directory.search(identity, words, { limit: MAX_CANDIDATES })
  const found = hits.map(({ entry }) => entry).filter((entry) => entry.operationId !== operationId)
  if (isUnknown) {
    const names = found.map((entry) => entry.operationId)
    return suggesting(error, nearNames(operationId, names))
  }
  const own = directory.get(operationId, identity)?.providers.map(({ name }) => name) ?? []
  const live = found.filter(({ providers }) =>
    providers.some(({ name, status }) => status === 'active' && own.includes(name)),
  )
  return suggesting(error, live.map((entry) => entry.operationId).slice(0, MAX_SUGGESTIONS))
}

function suggesting(error: CallError, suggestions: readonly string[]): CallError {
  if (suggestions.length === 0) return error
  const names = suggestions.map((name) => `\`${name}\``).join(', ')
  const { code, message, details, callId, retryAfterMs } = error
  return new CallError(
    code,
    `${message} Try ${names}.`,
    { ...(details as object), suggestions },
    {
      cause: error,
      ...(callId !== undefined && { callId }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    },
  )
}

/** By spelling, by the last parts of the name, and by the words in any order; best first. */
export function nearNames(wanted: string, names: readonly string[]): readonly string[] {
  const parts = wanted.split('.').length
  const forms = [
    (name: string) => name,
    (name: string) => name.split('.').slice(-parts).join('.'),
    // A pinned name is `kind.spoke.namespace.name`; a search returns its pool, `namespace.name`.
    (name: string) => name.split('.').slice(-2).join('.'),
    wordsOf,
  ]
  const found = forms.flatMap((form) => {
    const target = form(wanted)
    const byForm = Map.groupBy(names, form)
    return nearest(target, [...byForm.keys()]).flatMap((near) => byForm.get(near) ?? [])
  })
  const pools = names.filter((name) => wanted.endsWith(`.${name}`))
  return [...new Set([...pools, ...found])].slice(0, MAX_SUGGESTIONS)
}

/** `github.issues_create` and `github.createIssue` have the same words. */
function wordsOf(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .map((word) => word.replace(/s$/, ''))
    .toSorted()
    .join(' ')
}
