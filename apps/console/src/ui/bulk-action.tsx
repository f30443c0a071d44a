import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { HubError } from '../hub/hub-error.ts'
import { MAX_IDS } from '../hub/ids-of-pages.ts'
import { CliLine } from './cli-line.tsx'
import { Failure } from './states.tsx'

export interface Hits {
  readonly ids: readonly string[]
  /** More match than were counted. */
  readonly hasMore: boolean
}

/** What is done: to one after the other, or to `size` of them in a request, of which those in `refused` were not done. */
type BulkAct =
  | ((id: string) => Promise<unknown>)
  | {
      readonly size: number
      readonly together: (
        ids: readonly string[],
      ) => Promise<readonly { readonly refused?: HubError }[]>
    }

interface BulkActionProps {
  readonly label: string
  /** The command that does it to one. */
  readonly line: string
  /** What it does to each. */
  readonly preview: ComponentChildren
  /** Reads what the filters match. */
  readonly find: (signal: AbortSignal) => Promise<Hits>
  /** Ids of the rows that were chosen: it acts on those in place of what the filters match. */
  readonly chosen?: readonly string[]
  /** The button is not shown; a dialog that is open stays. */
  readonly hidden?: boolean
  readonly act: BulkAct
  /** It ends or removes what it hits. Default: true. */
  readonly danger?: boolean
  readonly onDone: () => void
}

interface Progress {
  readonly done: number
  readonly failed: number
  readonly last?: HubError
}

/** A button that does the same to all rows that were chosen, or that the filters match: counts first, then shows how far it is, and can be stopped. */
export function BulkAction(props: BulkActionProps) {
  // As it was when it was opened: rows change while it acts on them.
  const [opened, setOpened] = useState<BulkActionProps>()
  return (
    <>
      {props.hidden !== true && (
        <button
          type="button"
          class={props.danger === false ? '' : 'danger'}
          onClick={() => setOpened(props)}
        >
          {props.label}
        </button>
      )}
      {opened && <BulkDialog {...opened} onClose={() => setOpened(undefined)} />}
    </>
  )
}

/** Does it to these. */
async function after(state: Progress, act: BulkAct, ids: readonly string[]): Promise<Progress> {
  const { done, failed, last } = state
  try {
    const each =
      typeof act === 'function'
        ? await Promise.all(ids.map((id) => act(id))).then(() => [])
        : await act.together(ids)
    const refused = each.flatMap((one) => one.refused ?? [])
    const latest = refused.at(-1) ?? last
    return {
      done: done + ids.length - refused.length,
      failed: failed + refused.length,
      ...(latest !== undefined && { last: latest }),
    }
  } catch (thrown) {
    return { done, failed: failed + ids.length, last: HubError.from(thrown) }
  }
}

function BulkDialog({
  label,
  line,
  preview,
  find,
  chosen,
  act,
  danger = true,
  onDone,
  onClose,
}: BulkActionProps & { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const stop = useRef(new AbortController())
  const [hits, setHits] = useState<Hits | undefined>(
    chosen && { ids: chosen.slice(0, MAX_IDS), hasMore: chosen.length > MAX_IDS },
  )
  const [error, setError] = useState<HubError>()
  const [progress, setProgress] = useState<Progress>()
  const [isOver, setOver] = useState(false)
  useEffect(() => {
    dialog.current?.showModal()
    const { signal } = stop.current
    if (chosen !== undefined) return () => stop.current.abort()
    find(signal).then(setHits, (thrown: unknown) => {
      if (!signal.aborted) setError(HubError.from(thrown))
    })
    return () => stop.current.abort()
  }, [])
  const run = async (ids: readonly string[]): Promise<void> => {
    let state: Progress = { done: 0, failed: 0 }
    setProgress(state)
    const size = typeof act === 'function' ? 1 : act.size
    for (let at = 0; at < ids.length && !stop.current.signal.aborted; at += size) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other, so that it can be stopped
      state = await after(state, act, ids.slice(at, at + size))
      setProgress(state)
    }
    setOver(true)
    onDone()
  }
  const total = hits?.ids.length ?? 0
  const runs = progress !== undefined && !isOver
  const failure = error ?? progress?.last
  return (
    <dialog ref={dialog} onClose={onClose} aria-label={label}>
      <h2>{label}</h2>
      <div class="preview">
        {preview}
        {hits === undefined ? (
          !error && <p aria-busy="true">Counting …</p>
        ) : (
          <p>
            <strong>{total}</strong>{' '}
            {chosen === undefined
              ? `${total === 1 ? 'matches' : 'match'} the filters`
              : `${total === 1 ? 'is' : 'are'} chosen`}
            {hits.hasMore && ', and more that stay for the next time'}.
          </p>
        )}
      </div>
      {progress && (
        <p role="status">
          <progress
            max={Math.max(total, 1)}
            value={progress.done + progress.failed}
            aria-label="Done"
          />{' '}
          {progress.done} of {total} done{progress.failed > 0 && `, ${progress.failed} refused`}
        </p>
      )}
      {failure && <Failure error={failure} />}
      <CliLine line={line} />
      <div class="actions">
        <button
          type="button"
          onClick={() => {
            stop.current.abort()
            onClose()
          }}
        >
          {runs ? 'Stop' : isOver ? 'Close' : 'Cancel'}
        </button>
        {!isOver && (
          <button
            type="button"
            class={danger ? 'danger solid' : 'primary'}
            disabled={total === 0 || runs}
            onClick={() => void run(hits?.ids ?? [])}
          >
            {runs ? 'Working …' : `${label}: ${total}`}
          </button>
        )}
      </div>
    </dialog>
  )
}
