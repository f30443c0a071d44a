import type { Call } from '@alkdev/contracts'
import { nowMs } from '../../ui/clock.ts'
import { duration } from '../../ui/format.ts'

interface Row {
  readonly call: Call
  readonly depth: number
}

/** Rows drawn at most. */
const MAX_ROWS = 500

/** A call and the calls below it as bars over time, in the order of the tree. */
export function Waterfall({
  root,
  calls,
}: {
  readonly root: Call
  readonly calls: readonly Call[]
}) {
  const rows = rowsOf(root, calls).slice(0, MAX_ROWS)
  const from = Math.min(...rows.map(({ call }) => startOf(call)))
  const until = Math.max(...rows.map(({ call }) => endOf(call)), from + 1)
  const place = (at: number): number => ((at - from) / (until - from)) * 100
  return (
    <ul class="waterfall">
      {rows.map(({ call, depth }) => {
        const left = place(startOf(call))
        const width = Math.max(place(endOf(call)) - left, 0.4)
        return (
          <li key={call.callId}>
            <a href={`calls/${call.callId}`} class={call.status}>
              <span
                class="what"
                style={{ paddingLeft: `${depth * 14}px` }}
                title={call.operationId}
              >
                {call.operationId}
              </span>
              <span class="track">
                <svg width="100%" height="14" aria-hidden="true">
                  <Bars call={call} left={left} width={width} />
                </svg>
              </span>
              <span class="num">{duration(call.durationMs)}</span>
            </a>
          </li>
        )
      })}
      {calls.length >= MAX_ROWS && <li class="note">Only the first {MAX_ROWS} calls are drawn.</li>}
    </ul>
  )
}

function Bars({
  call,
  left,
  width,
}: {
  readonly call: Call
  readonly left: number
  readonly width: number
}) {
  const { timing, durationMs } = call
  const parts = [
    ['route', timing?.routeMs ?? 0],
    ['queue', timing?.queueMs ?? 0],
    ['execute', timing?.executeMs ?? 0],
  ] as const
  const known = parts.reduce((sum, [, ms]) => sum + ms, 0)
  const whole = Math.max(durationMs ?? 0, known, 0.001)
  let at = left
  return (
    <>
      <rect class="bar" x={`${left}%`} y="2" width={`${width}%`} height="10" rx="2" />
      {known > 0 &&
        parts.map(([name, ms]) => {
          const size = (ms / whole) * width
          const x = at
          at += size
          return (
            <rect key={name} class={name} x={`${x}%`} y="2" width={`${size}%`} height="10" rx="2" />
          )
        })}
    </>
  )
}

function startOf({ startedAt, queued }: Call): number {
  return Date.parse(startedAt ?? queued?.dueAt ?? '') || nowMs.peek()
}

function endOf(call: Call): number {
  const { completedAt, durationMs } = call
  if (durationMs !== undefined) return startOf(call) + durationMs
  return completedAt === undefined ? nowMs.peek() : Date.parse(completedAt)
}

/** Parents before their children, children by their start. A call whose parent is not there stands below the root. */
function rowsOf(root: Call, calls: readonly Call[]): Row[] {
  const known = new Set(calls.map(({ callId }) => callId))
  const below = new Map<string, Call[]>()
  for (const call of calls) {
    if (call.callId === root.callId) continue
    const { parentCallId } = call
    const parent =
      parentCallId !== undefined && known.has(parentCallId) ? parentCallId : root.callId
    below.set(parent, [...(below.get(parent) ?? []), call])
  }
  const rows: Row[] = []
  const walk = (call: Call, depth: number): void => {
    rows.push({ call, depth })
    const children = below.get(call.callId) ?? []
    below.delete(call.callId)
    for (const child of children.toSorted((a, b) => startOf(a) - startOf(b))) walk(child, depth + 1)
  }
  walk(root, 0)
  return rows
}
