import type { SessionMessage } from '@alkdev/contracts/agents'
import { nowMs } from '../../ui/clock.ts'
import { count, duration } from '../../ui/format.ts'
import { barsOf } from './steps.ts'
import type { Bar } from './steps.ts'

/** Bars drawn at most, the latest. */
const MAX_BARS = 100
const BAD: ReadonlySet<string> = new Set(['failed', 'denied', 'unknown'])

/** Where the time of the latest turn went: each step of the model and each call of a tool as a bar over time. */
export function Steps({ messages }: { readonly messages: readonly SessionMessage[] }) {
  const all = barsOf(messages, nowMs.value)
  const bars = all.slice(-MAX_BARS)
  if (bars.length === 0) return null
  const from = Math.min(...bars.map(({ fromMs }) => fromMs))
  const until = Math.max(...bars.map(({ untilMs }) => untilMs), from + 1)
  const steps = all.filter(({ kind }) => kind === 'model').length
  const sum = (of: (bar: Bar) => number): number => all.reduce((total, bar) => total + of(bar), 0)
  return (
    <details class="changed">
      <summary>
        Latest turn: {steps === 1 ? '1 step' : `${steps} steps`}, {duration(until - from)},{' '}
        {count(sum(({ tokensIn }) => tokensIn))} tokens in,{' '}
        {count(sum(({ tokensOut }) => tokensOut))} out
      </summary>
      <ul class="waterfall">
        {bars.map((bar) => (
          <li key={bar.id}>
            <Row bar={bar} from={from} until={until} />
          </li>
        ))}
      </ul>
      {all.length > bars.length && <p class="note">The latest {MAX_BARS} are drawn.</p>}
    </details>
  )
}

function Row({
  bar: { kind, name, status, callId, fromMs, untilMs, tokensIn, tokensOut },
  from,
  until,
}: {
  readonly bar: Bar
  readonly from: number
  readonly until: number
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
