import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { location, setParams } from '../url/location.ts'

const TYPING_MS = 250

/** The filters of a view. All of them are in the address. */
export function Filters({ children }: { readonly children: ComponentChildren }) {
  return (
    <div class="filters" role="search">
      {children}
    </div>
  )
}

export function TextFilter({
  name,
  label,
  wide = false,
  clean = (text) => text,
}: {
  readonly name: string
  readonly label: string
  readonly wide?: boolean
  /** What of a text gets into the address. Default: all. */
  readonly clean?: (text: string) => string
}) {
  const inUrl = location.value.params.get(name) ?? ''
  const [text, setText] = useState(inUrl)
  const typed = useRef(inUrl)
  useEffect(() => {
    // The address changed elsewhere, for instance by going back.
    if (inUrl === typed.current) return
    typed.current = inUrl
    setText(inUrl)
  }, [inUrl])
  useEffect(() => {
    if (text === typed.current) return undefined
    const timer = setTimeout(() => {
      typed.current = clean(text.trim())
      setParams({ [name]: typed.current })
    }, TYPING_MS)
    return () => clearTimeout(timer)
  }, [text, name])
  return (
    <input
      type="search"
      class={wide ? 'wide' : ''}
      placeholder={label}
      aria-label={label}
      value={text}
      onInput={(event) => setText(event.currentTarget.value)}
    />
  )
}

export function ChoiceFilter({
  name,
  label,
  choices,
}: {
  readonly name: string
  readonly label: string
  /** Values, with another text if the value is not one. */
  readonly choices: readonly (string | readonly [value: string, text: string])[]
}) {
  const value = location.value.params.get(name) ?? ''
  return (
    <select
      aria-label={label}
      value={value}
      class={value === '' ? '' : 'set'}
      onChange={(event) => setParams({ [name]: event.currentTarget.value })}
    >
      <option value="">{label}</option>
      {choices.map((choice) => {
        const [one, text] = typeof choice === 'string' ? [choice, choice] : choice
        return (
          <option key={one} value={one}>
            {text}
          </option>
        )
      })}
    </select>
  )
}

/** Views of one screen beside each other; which one is shown is in the address. */
export function Tabs({
  name,
  tabs,
}: {
  readonly name: string
  readonly tabs: readonly (readonly [value: string, text: string])[]
}) {
  const [first] = tabs
  const current = location.value.params.get(name) ?? first?.[0]
  return (
    <div class="tabs" role="tablist">
      {tabs.map(([value, text]) => (
        <button
          key={value}
          type="button"
          role="tab"
          aria-selected={value === current}
          onClick={() => setParams({ [name]: value === first?.[0] ? undefined : value })}
        >
          {text}
        </button>
      ))}
    </div>
  )
}

/** The tab that is shown. */
export function tabOf(
  name: string,
  tabs: readonly (readonly [value: string, text: string])[],
): string {
  return location.value.params.get(name) ?? tabs[0]?.[0] ?? ''
}
