import { bytes } from './format.ts'

/** Characters and lines in the page at most. */
const MAX_SHOWN = 64 * 1024
const MAX_LINES = 2000

/** A unified diff with its lines coloured by what they are. What is beyond 64 KiB is left out. */
export function Diff({ text, isCut }: { readonly text: string; readonly isCut: boolean }) {
  const lines = text.slice(0, MAX_SHOWN).trimEnd().split('\n').slice(0, MAX_LINES)
  const isLeftOut =
    text.length > MAX_SHOWN || text.split('\n', MAX_LINES + 2).length > MAX_LINES + 1
  return (
    <>
      <pre class="diff" tabIndex={0} role="region" aria-label="Diff">
        {lines.map((line, at) => (
          <span key={at} class={kindOf(line)}>
            {line}
            {'\n'}
          </span>
        ))}
      </pre>
      {(isCut || isLeftOut) && (
        <p class="note">
          The beginning of a diff of {isCut ? 'more than ' : ''}
          {bytes(text.length)}.
        </p>
      )}
    </>
  )
}

function kindOf(line: string): string {
  if (line.startsWith('diff ') || line.startsWith('+++') || line.startsWith('---')) return 'file'
  if (line.startsWith('@@')) return 'place'
  if (line.startsWith('+')) return 'added'
  return line.startsWith('-') ? 'removed' : ''
}
