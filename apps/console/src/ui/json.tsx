import { bytes } from './format.ts'

/** Characters shown at most; the rest is in the download. */
const MAX_SHOWN = 64 * 1024
const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

interface JsonProps {
  readonly value: unknown
  readonly name: string
}

/** A value as indented, coloured JSON. Beyond 64 Ki characters it is cut and can be downloaded. */
export function Json({ value, name }: JsonProps) {
  if (value === undefined) return <p class="dim">Nothing.</p>
  const text = JSON.stringify(value, null, 2)
  const shown = text.slice(0, MAX_SHOWN)
  return (
    <>
      <pre class="json" tabIndex={0} role="region" aria-label={name}>
        {coloured(shown)}
      </pre>
      {text.length > shown.length && (
        <p class="note">
          The first {bytes(MAX_SHOWN)} of {bytes(text.length)}.{' '}
          <button type="button" class="small" onClick={() => download(text, `${name}.json`)}>
            Download
          </button>
        </p>
      )}
    </>
  )
}

function coloured(text: string) {
  const parts = []
  let at = 0
  for (const match of text.matchAll(TOKEN)) {
    const [whole, quoted, colon, word] = match
    parts.push(text.slice(at, match.index))
    const kind =
      colon !== undefined ? 'k' : quoted !== undefined ? 's' : word !== undefined ? 'w' : 'n'
    parts.push(<span class={kind}>{quoted ?? whole}</span>)
    if (colon !== undefined) parts.push(colon)
    at = match.index + whole.length
  }
  parts.push(text.slice(at))
  return parts
}

/** Saves a text as a file. */
function download(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name.replaceAll(/[^\w.-]+/g, '-')
  link.click()
  URL.revokeObjectURL(url)
}
