import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { HubError } from '../hub/hub-error.ts'
import { location, setParams } from '../url/location.ts'

export interface Named {
  readonly id: string
  readonly name: string
  /** What tells it from others with a similar name. */
  readonly more?: string
}

const TYPING_MS = 250
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * A filter by one thing, chosen by its name or given by its id. Its id is in the address, and its name beside it (`spoke` and `spokeName`), so that a view
 * that is opened with the filter asks for no names; they are read when the field is used.
 */
export function NameFilter({
  name,
  label,
  read,
}: {
  readonly name: string
  readonly label: string
  /** Things whose names have the text, or the first ones. */
  readonly read: (text: string, signal: AbortSignal) => Promise<readonly Named[]>
}) {
  const { params } = location.value
  const shown = params.get(`${name}Name`) ?? params.get(name) ?? ''
  const [text, setText] = useState(shown)
  const [found, setFound] = useState<readonly Named[]>([])
  const [wrong, setWrong] = useState<string>()
  const reading = useRef<AbortController | undefined>(undefined)
  const list = useId()
  const look = async (wanted: string): Promise<readonly Named[]> => {
    reading.current?.abort()
    const { signal } = (reading.current = new AbortController())
    const named = await read(wanted, signal)
    if (!signal.aborted) setFound(named)
    return named
  }
  const choose = (id: string | undefined, as?: string): void => {
    setWrong(undefined)
    setParams({ [name]: id, [`${name}Name`]: as })
  }
  useEffect(() => {
    setText(shown)
    setWrong(undefined)
  }, [shown])
  useEffect(() => () => reading.current?.abort(), [])
  useEffect(() => {
    const wanted = text.trim()
    if (wanted === shown) return undefined
    const timer = setTimeout(() => {
      if (wanted === '') return choose(undefined)
      if (UUID.test(wanted)) return choose(wanted)
      look(wanted).then(
        (named) => {
          const hit = named.find((one) => one.name.toLowerCase() === wanted.toLowerCase())
          if (hit === undefined) setWrong('Nothing has this name. Choose one, or give an id.')
          else choose(hit.id, hit.name)
        },
        (thrown: unknown) => setWrong(HubError.from(thrown).message),
      )
      return undefined
    }, TYPING_MS)
    return () => clearTimeout(timer)
  }, [text, shown])
  return (
    <>
      <input
        type="search"
        list={list}
        placeholder={label}
        aria-label={label}
        aria-invalid={wrong !== undefined}
        title={wrong ?? ''}
        value={text}
        onFocus={() => {
          // Without the right to read names, an id is what is left.
          if (found.length === 0) look('').catch(() => undefined)
        }}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <datalist id={list}>
        {found.map(({ id, name, more }) => (
          <option key={id} value={name}>
            {more}
          </option>
        ))}
      </datalist>
    </>
  )
}
