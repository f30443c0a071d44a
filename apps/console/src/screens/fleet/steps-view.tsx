import type { InferenceUsageInput, InferenceUsageItem } from '@alkdev/contracts'
import type { Session, SessionMessage } from '@alkdev/contracts/agents'
import { useMemo, useState } from 'preact/hooks'
import { can, me } from '../../hub/log-in.ts'
import { useCall } from '../../hub/use-call.ts'
import { nowMs } from '../../ui/clock.ts'
import { count, dollars, duration } from '../../ui/format.ts'
import { Failure } from '../../ui/states.tsx'
import { barsOf, windowOf } from './steps.ts'
import type { Bar } from './steps.ts'

/** Bars drawn at most, the latest. */
const MAX_BARS = 100
/** With a turn that is not over. */
const WORKS: ReadonlySet<string> = new Set(['queued', 'running', 'waiting'])
const BAD: ReadonlySet<string> = new Set(['failed', 'denied', 'unknown'])
/** A cost is known a moment after its step has ended. */
const COSTS_EVERY_MS = 10_000

interface StepsProps {
  readonly session: Session
  readonly messages: readonly SessionMessage[]
}

/** Where the time and the money of the latest turn went: each step of the model and each call of a tool as a bar over time. */
export function Steps({ session, messages }: StepsProps) {
  // The bar of a call that runs grows with the clock.
  const now = WORKS.has(session.status) ? nowMs.value : nowMs.peek()
  const all = useMemo(() => barsOf(messages, now), [messages, now])
  const bars = all.slice(-MAX_BARS)
  const [open, setOpen] = useState(false)
  // Costs are read when they are looked at: the view itself asks once.
  const costs = useCall('inference.usage', open ? costsOf(session, bars) : null, {
    everyMs: COSTS_EVERY_MS,
  })
  if (bars.length === 0) return null
  const from = Math.min(...bars.map(({ fromMs }) => fromMs))
  const until = Math.max(...bars.map(({ untilMs }) => untilMs), from + 1)
  const steps = all.filter(({ kind }) => kind === 'model').length
  const sum = (of: (bar: Bar) => number): number => all.reduce((total, bar) => total + of(bar), 0)
  const byCall = new Map(costs.data?.items.map((item) => [item.group, item]))
  return (
    <details class="changed" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        Latest turn: {steps === 1 ? '1 step' : `${steps} steps`}, {duration(until - from)},{' '}
        {count(sum(({ tokensIn }) => tokensIn))} tokens in,{' '}
        {count(sum(({ tokensOut }) => tokensOut))} out
      </summary>
      {costs.error?.code === 'ACCESS_DENIED' ? (
        <p class="note">What a session of another account cost is for admins to see.</p>
      ) : (
        costs.error && <Failure error={costs.error} retry={costs.reload} />
      )}
      {open && (
        <ul class="waterfall with-costs">
          {bars.map((bar) => (
            <li key={bar.id}>
              <Row bar={bar} from={from} until={until} cost={byCall.get(bar.callId ?? '')} />
            </li>
          ))}
        </ul>
      )}
      {costs.data && <Total bars={bars} byCall={byCall} />}
      {open && !can('usage:read') && (
        <p class="note">
          What a step cost needs the scope <code>usage:read</code>.
        </p>
      )}
      {all.length > bars.length && <p class="note">The latest {MAX_BARS} are drawn.</p>}
    </details>
  )
}

/** The calls of models of the bars; null when there are none, or the key may not see what they cost. */
function costsOf({ sessionId, accountId }: Session, bars: readonly Bar[]) {
  const window = windowOf(bars)
  if (window === undefined || !can('usage:read')) return null
  const input: InferenceUsageInput = {
    by: 'call',
    sessionId,
    ...window,
    // For those of another account the hub asks whether the caller is an admin.
    ...(accountId !== undefined && accountId !== me.value?.accountId && { accountId }),
    limit: 200,
  }
  return input
}

/** What the steps cost together, and of how many the cost is not known. */
function Total({
  bars,
  byCall,
}: {
  readonly bars: readonly Bar[]
  readonly byCall: ReadonlyMap<string, InferenceUsageItem>
}) {
  const steps = bars.filter(({ kind }) => kind === 'model')
  const found = steps.flatMap(({ callId = '' }) => byCall.get(callId) ?? [])
  const unknown = steps.length - found.filter(({ unpriced }) => unpriced === 0).length
  const micros = found.reduce((total, { costMicros }) => total + costMicros, 0)
  return (
    <p class="note" role="status">
      Cost of the steps: <strong>{dollars(micros)}</strong>
      {unknown > 0 && `, without ${unknown} whose cost is not known`}.
    </p>
  )
}

function Row({
  bar: { kind, name, status, callId, fromMs, untilMs, tokensIn, tokensOut },
  from,
  until,
  cost,
}: {
  readonly bar: Bar
  readonly from: number
  readonly until: number
  readonly cost: InferenceUsageItem | undefined
}) {
  const place = (at: number): number => ((at - from) / (until - from)) * 100
  const width = Math.max(place(untilMs) - place(fromMs), 0.4)
  const what = kind === 'model' ? `${count(tokensIn)} tokens in, ${count(tokensOut)} out` : status
  const content = (
    <>
      <span class="what" title={`${name}: ${what}`}>
        {name}
      </span>
      <span class="track">
        <svg width="100%" height="14" aria-hidden="true">
          <rect
            class={kind === 'model' ? 'route' : 'execute'}
            x={`${place(fromMs)}%`}
            y="2"
            width={`${width}%`}
            height="10"
            rx="2"
          />
        </svg>
      </span>
      <span class="num">{duration(untilMs - fromMs)}</span>
      <span class="num cost">
        {cost && (cost.unpriced > 0 ? 'no price' : dollars(cost.costMicros))}
      </span>
    </>
  )
  const look = BAD.has(status) ? 'failed' : ''
  return callId === undefined ? (
    <span class={`row ${look}`}>{content}</span>
  ) : (
    <a class={look} href={`calls/${callId}`}>
      {content}
    </a>
  )
}
