import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { HubError } from '../hub/hub-error.ts'
import { CliLine } from './cli-line.tsx'
import { Failure } from './states.tsx'

interface ActionProps {
  readonly label: string
  /** The command that does the same. */
  readonly line: string
  /** What it hits, shown before it is done. */
  readonly preview: ComponentChildren
  readonly danger?: boolean
  /** A small button without a frame. */
  readonly quiet?: boolean
  readonly disabled?: boolean
  readonly run: () => Promise<unknown>
  readonly onDone?: () => void
}

/** A button that asks before it acts: says what it hits and which command does the same. */
export function Action({
  label,
  line,
  preview,
  danger = false,
  quiet = false,
  disabled = false,
  run,
  onDone,
}: ActionProps) {
  const [open, setOpen] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<HubError>()
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (open && dialog.current?.open === false) dialog.current.showModal()
  }, [open])
  const act = async (): Promise<void> => {
    setBusy(true)
    setError(undefined)
    try {
      await run()
      setOpen(false)
      onDone?.()
    } catch (thrown) {
      setError(HubError.from(thrown))
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <button
        type="button"
        class={quiet ? 'quiet small' : danger ? 'danger' : ''}
        disabled={disabled}
        onClick={() => setOpen(true)}
      >
        {label}
      </button>
      {open && (
        <dialog ref={dialog} onClose={() => setOpen(false)} aria-label={label}>
          <h2>{label}</h2>
          <div class="preview">{preview}</div>
          <CliLine line={line} />
          {error && <Failure error={error} />}
          <div class="actions">
            <button type="button" onClick={() => setOpen(false)}>
              Cancel
            </button>
            <button
              type="button"
              class={danger ? 'danger solid' : 'primary'}
              disabled={busy}
              onClick={() => void act()}
            >
              {busy ? 'Working …' : label}
            </button>
          </div>
        </dialog>
      )}
    </>
  )
}
