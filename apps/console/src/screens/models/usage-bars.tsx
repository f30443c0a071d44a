import type { InferenceUsageItem } from '@alkdev/contracts'
import { count, dollars } from '../../ui/format.ts'

const WIDTH = 40
const HEIGHT = 90
const DAY_MS = 86_400_000
const DAYS = 30

/** What models cost on each of the last 30 days; their tokens while nothing has a price. */
export function UsageBars({ items }: { readonly items: readonly InferenceUsageItem[] }) {
  const byDay = new Map(items.map((item) => [item.group.slice(0, 10), item]))
  const today = Math.floor(Date.now() / DAY_MS)
  const days = Array.from({ length: DAYS }, (_, at) =>
    new Date((today - DAYS + 1 + at) * DAY_MS).toISOString().slice(0, 10),
  )
  const hasCost = items.some(({ costMicros }) => costMicros > 0)
  const valueOf = (day: string): number => {
    const item = byDay.get(day)
    if (item === undefined) return 0
    return hasCost ? item.costMicros : item.inputTokens + item.outputTokens
  }
  const most = Math.max(1, ...days.map(valueOf))
  const text = (value: number): string => (hasCost ? dollars(value) : `${count(value)} tokens`)
  return (
    <figure class="bars">
      <figcaption>
        {hasCost ? 'Cost' : 'Tokens'} per day, at most {text(most)}
      </figcaption>
      <svg
        viewBox={`0 0 ${DAYS * WIDTH} ${HEIGHT + 16}`}
        role="img"
        aria-label="Usage of the last 30 days"
      >
        <line x1="0" x2={DAYS * WIDTH} y1={HEIGHT + 0.5} y2={HEIGHT + 0.5} />
        {days.map((day, at) => {
          const value = valueOf(day)
          const height = value === 0 ? 0 : Math.max(2, (value / most) * (HEIGHT - 6))
          return (
            <g key={day}>
              <rect x={at * WIDTH + 3} y={HEIGHT - height} width={WIDTH - 6} height={height} rx="2">
                <title>{`${day}: ${text(value)}`}</title>
              </rect>
              {at % 7 === 1 && (
                <text x={at * WIDTH + WIDTH / 2} y={HEIGHT + 13} text-anchor="middle">
                  {day.slice(5)}
                </text>
              )}
            </g>
          )
        })}
      </svg>
    </figure>
  )
}
