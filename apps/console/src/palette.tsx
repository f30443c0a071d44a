import { useEffect, useRef, useState } from 'preact/hooks'
import { atOnce, find } from './find.ts'
import type { Hit } from './find.ts'
import { navigate } from './url/location.ts'

const TYPING_MS = 150

/** Finds a screen, an operation, a session, a task, a spoke, a key by how it begins, or anything by its id. */
export function Palette({ onClose }: { readonly onClose: () => void }) {
  const [text, setText] = useState('')
  const [found, setFound] = useState<readonly Hit[]>([])
  const [at, setAt] = useState(0)
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const hits = [...atOnce(text), ...(text.trim() === '' ? [] : found)]
  useEffect(() => {
    setAt(0)
    const controller = new AbortController()
    const timer = setTimeout(() => find(text, controller.signal, setFound), TYPING_MS)
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [text])
  const open = (hit: Hit | undefined): void => {
    if (hit === undefined) return
    onClose()
    navigate(hit.href)
  }
  return (
    <dialog
      ref={dialog}
      class="palette"
      aria-label="Find"
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <input
        type="text"
        placeholder="Operation, session, task, spoke, key, or an id"
        aria-label="Find"
        role="combobox"
        aria-expanded="true"
        aria-controls="hits"
        aria-activedescendant={hits.length > 0 ? `hit-${at}` : undefined}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') setAt(Math.min(at + 1, hits.length - 1))
          else if (event.key === 'ArrowUp') setAt(Math.max(at - 1, 0))
          else if (event.key === 'Enter') open(hits[at])
          else return
          event.preventDefault()
        }}
      />
      <ul id="hits" role="listbox" aria-label="Found">
        {hits.map((hit, index) => (
          <li
            key={hit.href}
            id={`hit-${index}`}
            role="option"
            aria-selected={index === at}
            onClick={() => open(hit)}
            onMouseMove={() => setAt(index)}
          >
            <span class="kind">{hit.kind}</span>
            <span class="text" dir="auto">
              {hit.text}
            </span>
            <span class="dim" dir="auto">
              {hit.more}
            </span>
          </li>
        ))}
        {hits.length === 0 && <li class="dim">Nothing found.</li>}
      </ul>
    </dialog>
  )
}
