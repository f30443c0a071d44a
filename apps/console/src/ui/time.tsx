import { computed, signal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import { nowMs } from './clock.ts'
import { relative } from './format.ts'
import { watchView } from './in-view.ts'

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
  return <AgoOf at={at} />
}

/** Its text alone changes with the clock, only when it reads otherwise, and only while it is in view: a long table of ages costs what is seen of it. */
function AgoOf({ at }: { readonly at: string }) {
  const { text, title, ref } = useMemo(() => ageOf(at), [at])
  return (
    <time dateTime={at} title={title} class="nowrap" ref={ref}>
      {text}
    </time>
  )
}

function ageOf(at: string) {
  const atMs = Date.parse(at)
  const isSeen = signal(false)
  let stop: (() => void) | undefined
  return {
    text: computed(() => relative(atMs, isSeen.value ? nowMs.value : nowMs.peek())),
    title: `${local.format(new Date(at))}\n${at} (UTC)`,
    ref: (element: Element | null): void => {
      stop?.()
      stop = element === null ? undefined : watchView(element, (now) => (isSeen.value = now))
    },
  }
}
