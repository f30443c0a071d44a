import type { ComponentChildren } from 'preact'
import type { HubError } from '../hub/hub-error.ts'
import type { Loaded } from '../hub/use-call.ts'
import { Copy } from './copy.tsx'

/** What failed, with its code and the way on. */
export function Failure({
  error,
  retry,
}: {
  readonly error: HubError
  readonly retry?: () => void
}) {
  return (
    <div class="failure" role="alert">
      <p>
        <strong>{error.code}</strong> {error.message}
      </p>
      {error.callId !== undefined && (
        <p class="dim">
          This request: <a href={`calls/${encodeURIComponent(error.callId)}`}>{error.callId}</a>
        </p>
      )}
      {retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  )
}

/** What to do when there is nothing to show. */
export function Empty({
  title,
  children,
  command,
}: {
  readonly title: string
  readonly children?: ComponentChildren
  readonly command?: string
}) {
  return (
    <div class="empty">
      <h3>{title}</h3>
      {children}
      {command !== undefined && (
        <div class="cli">
          <code>{command}</code>
          <Copy text={command} />
        </div>
      )}
    </div>
  )
}

/** Shows the answer of a call, or what came in its place. An error is never shown as empty; an earlier answer stays beside it. */
export function Shown<T>({
  loaded,
  children,
}: {
  readonly loaded: Loaded<T>
  readonly children: (data: T) => ComponentChildren
}) {
  const { data, error, loading, reload } = loaded
  return (
    <>
      {error && <Failure error={error} retry={reload} />}
      {data === undefined ? loading && !error && <Skeleton /> : children(data)}
    </>
  )
}

export function Skeleton() {
  return (
    <div class="skeleton" aria-busy="true" aria-label="Loading">
      <i />
      <i />
      <i />
      <i />
    </div>
  )
}
