import type { CallsActivityOutput, CallStats } from '@alkdev/contracts'
import type { NameOf } from '../../hub/names.ts'
import { durationText } from '../calls/call-text.ts'
import { NUMBER_HEADINGS, numbersOf, percentText } from '../calls/stats-text.ts'

/** Columns of the screen when the output is no terminal. */
const DEFAULT_WIDTH = 80
/** Columns of one number: `1,234 ms`. */
const NUMBER_WIDTH = 8

/** The size of the terminal; without one: 80 columns, and as many lines as there are. */
export interface Size {
  readonly columns?: number
  readonly rows?: number
}

function whole(count: number): string {
  return count.toLocaleString('en-US')
}

/** `0.3`, `12`, `1,250`. */
function rateText(perSecond: number): string {
  if (perSecond > 0 && perSecond < 0.05) return '<0.1'
  return perSecond < 9.95 ? perSecond.toFixed(1) : whole(Math.round(perSecond))
}

function clean(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Bidi_Control}\u200b\u2060\ufeff]/gu, ' ')
}

function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text
}

/** The screen of one moment as lines: the totals, then operations and spokes, those with the most calls first. */
export function topLines(
  activity: CallsActivityOutput,
  nameOf: NameOf,
  { columns = DEFAULT_WIDTH, rows = Infinity }: Size = {},
): readonly string[] {
  const { windowMs, operations, spokes, sampled } = activity
  const seconds = windowMs / 1000
  const head = [
    totalLine(activity, seconds),
    queueLine(activity.queue),
    ...(sampled ? [`Only the newest 20,000 calls: those of ${seconds.toFixed(1)} s.`] : []),
  ]
  // Two headings and two empty lines.
  const free = Math.max(4, rows - head.length - 4)
  const ofSpokes = Math.min(spokes.length, Math.max(2, Math.floor(free / 3)))
  const width = columns - (1 + NUMBER_HEADINGS.length) * (NUMBER_WIDTH + 1)
  const lines = (title: string, items: readonly CallStats[], name: (one: CallStats) => string) =>
    items.length === 0
      ? []
      : [
          '',
          row(title.toUpperCase(), ['calls/s', ...NUMBER_HEADINGS].map(upper), width),
          ...items.map((one) =>
            row(name(one), [rateText(one.count / seconds), ...numbersOf(one)], width),
          ),
        ]
  const body = [
    ...lines('operation', operations.slice(0, free - ofSpokes), (one) => one.operationId ?? ''),
    ...lines('spoke', spokes.slice(0, ofSpokes), ({ spokeId }) =>
      spokeId === undefined ? '(no spoke)' : nameOf(spokeId),
    ),
  ]
  return [...head, ...body].map((line) => cut(line, columns))
}

const upper = (text: string): string => text.toUpperCase()

function row(name: string, numbers: readonly string[], width: number): string {
  const shown = cut(clean(name), width)
  return [shown.padEnd(width), ...numbers.map((text) => text.padStart(NUMBER_WIDTH))].join(' ')
}

function totalLine({ total, running }: CallsActivityOutput, seconds: number): string {
  const window = `${Math.round(seconds)} s`
  const isRunning = running === undefined ? [] : [`${whole(running)} running now`]
  if (total.count === 0) return [`No calls in the last ${window}`, ...isRunning].join(', ')
  return [
    `${rateText(total.count / seconds)} calls/s`,
    `${percentText(total.errorRate)} failed or aborted`,
    `p50 ${durationText(total.p50Ms)}`,
    `p99 ${durationText(total.p99Ms)}`,
    ...isRunning,
    `(last ${window})`,
  ].join('  ')
}

function queueLine({ due, running, oldestDueMs }: CallsActivityOutput['queue']): string {
  const oldest = due === 0 ? '' : ` (the oldest for ${durationText(oldestDueMs)})`
  return `queued calls: ${whole(due)} waiting${oldest}, ${whole(running)} running`
}
