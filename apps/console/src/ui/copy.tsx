import { useEffect, useState } from 'preact/hooks'
import { shortId } from './format.ts'

const SHOWN_MS = 1500

interface CopyProps {
  readonly text: string
  readonly label?: string
}

/** Copies a text to the clipboard. */
export function Copy({ text, label = 'Copy' }: CopyProps) {
  const [said, setSaid] = useState('')
  useEffect(() => {
    if (said === '') return undefined
    const timer = setTimeout(() => setSaid(''), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [said])
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text)
      setSaid('Copied')
    } catch {
      setSaid('Select and copy it')
    }
  }
  return (
    <button type="button" class="small" onClick={() => void copy()} aria-live="polite">
      {said === '' ? label : said}
    </button>
  )
}

/** An id, cut, with the whole one when the pointer is over it. */
export function Id({ value, href }: { readonly value: string; readonly href?: string }) {
  const short = shortId(value)
  if (href === undefined)
    return (
      <code class="id" title={value}>
        {short}
      </code>
    )
  return (
    <a class="id" href={href} title={value}>
      {short}
    </a>
  )
}
