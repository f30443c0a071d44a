import { duration } from '../../ui/format.ts'
import { Badge, Status } from '../../ui/badge.tsx'
import { Json } from '../../ui/json.tsx'
import { memo } from '../../ui/memo.ts'
import { Section } from '../../ui/page.tsx'
import { Failure } from '../../ui/states.tsx'
import type { Run } from './use-run.ts'

/** What a call gave: its result or error, and how long it took; of a subscription its items as they come. */
export function CallResult({ run, name }: { readonly run: Run; readonly name: string }) {
  const { busy, answer, error, isStream, items, received, ended, durationMs, stop } = run
  return (
    <Section
      title="Result"
      actions={
        busy && (
          <button type="button" class="danger" onClick={stop}>
            Stop
          </button>
        )
      }
    >
      <div aria-live="polite">
        {!busy && !ended && <p class="dim">Nothing was called yet.</p>}
        {error && <Failure error={error} />}
        {isStream && (busy || ended) && (
          <p class="note">
            <Status value={busy ? 'running' : 'done'} /> {received} items
          </p>
        )}
        {answer && (
          <p class="note">
            <Status value="completed" /> {duration(durationMs)}{' '}
            {answer.callId !== undefined && <a href={`calls/${answer.callId}`}>Show the call</a>}
          </p>
        )}
        {busy && !isStream && (
          <p class="note">
            <Status value="running" />
          </p>
        )}
      </div>
      {answer && <Json value={answer.data} name={`${name} result`} />}
      {items.map(({ seq, data }) => (
        <Item key={seq} seq={seq} data={data} name={name} />
      ))}
    </Section>
  )
}

interface ItemProps {
  readonly seq: string
  readonly data: unknown
  readonly name: string
}

/** Drawn once, while others come. */
const Item = memo(function Item({ seq, data, name }: ItemProps) {
  return (
    <div class="item">
      <Badge>{seq}</Badge>
      <Json value={data} name={`${name} item ${seq}`} />
    </div>
  )
})
