import { nowMs } from './clock.ts'
import { relative } from './format.ts'

const local = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

interface TimeProps {
  readonly at: string | undefined
}

/** A moment in local time; UTC when the pointer is over it. */
export function Time({ at }: TimeProps) {
  if (at === undefined) return <span class="dim">–</span>
  return (
    <time dateTime={at} title={`${at} (UTC)`} class="nowrap">
      {local.format(new Date(at))}
    </time>
  )
}

/** How long ago; the moment in local time and UTC when the pointer is over it. */
export function Ago({ at }: TimeProps) {
  if (at === undefined) return <span class="dim">–</span>
  const date = new Date(at)
  return (
    <time dateTime={at} title={`${local.format(date)}\n${at} (UTC)`} class="nowrap">
      {relative(date.getTime(), nowMs.value)}
    </time>
  )
}
