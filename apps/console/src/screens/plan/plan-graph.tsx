import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { memo } from '../../ui/memo.ts'
import type { PlacedNode, PlanEdge, PlanLayout } from './layout.ts'

const WIDTH = 176
const HEIGHT = 34
const GAP_X = 64
const GAP_Y = 12
const PAD = 16
/** Characters of a name in its box. */
const MAX_NAME = 20

interface PlanGraphProps {
  readonly layout: PlanLayout
  readonly edges: readonly PlanEdge[]
  /** What is faded is not in it. Default: all are. */
  readonly matches?: ReadonlySet<string>
  /** The view of a node. */
  readonly hrefOf: (slug: string) => string
  /** A further line under the pointer. */
  readonly noteOf?: (slug: string) => string | undefined
  /** What the nodes are. */
  readonly what: string
}

/** A plan as boxes in waves, from left to right, and lines from each node to those that need it. Drawn again only when one of its properties has changed. */
export const PlanGraph = memo(function PlanGraph({
  layout,
  edges,
  matches,
  hrefOf,
  noteOf,
  what,
}: PlanGraphProps) {
  const { nodes, waves, rows, critical } = layout
  const frame = useRef<HTMLDivElement>(null)
  const [part, setPart] = useState<Part>(firstPart)
  const look = (): void => {
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = frame.current ?? NO_FRAME
    const next = partOf(scrollLeft, scrollTop, clientWidth, clientHeight)
    setPart((was) => (was.join() === next.join() ? was : next))
  }
  useEffect(() => {
    look()
    addEventListener('resize', look)
    return () => removeEventListener('resize', look)
  }, [layout])
  const bySlug = useMemo(() => new Map(nodes.map((node) => [node.slug, node])), [nodes])
  const width = waves * (WIDTH + GAP_X) - GAP_X + 2 * PAD
  const height = rows * (HEIGHT + GAP_Y) - GAP_Y + 2 * PAD
  const lines = useMemo(
    () => linesOf(edges, bySlug, critical, part),
    [edges, bySlug, critical, part],
  )
  const shown = nodes.filter((node) => isIn(part, xOf(node), yOf(node), WIDTH, HEIGHT))
  return (
    <div
      class="graph"
      ref={frame}
      tabIndex={0}
      role="region"
      aria-label={`Graph of the ${what}`}
      onScroll={look}
    >
      <svg
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="group"
        aria-label={`${nodes.length} ${what} in ${waves} waves`}
      >
        <path class="edge" d={lines.plain} />
        <path class="edge critical" d={lines.critical} />
        {shown.map((node) => (
          <a
            key={node.slug}
            href={hrefOf(node.slug)}
            class={`node ${node.status} ${critical.has(node.slug) ? 'critical' : ''} ${matches?.has(node.slug) === false ? 'faded' : ''}`}
            aria-label={`${node.slug}: ${node.status}`}
          >
            <title>
              {[node.slug, node.name, node.status, noteOf?.(node.slug)]
                .filter((line) => line !== undefined)
                .join('\n')}
            </title>
            <rect x={xOf(node)} y={yOf(node)} width={WIDTH} height={HEIGHT} rx="6" />
            <rect
              class="dot"
              x={xOf(node) + 10}
              y={yOf(node) + HEIGHT / 2 - 4}
              width="8"
              height="8"
              rx="4"
            />
            <text x={xOf(node) + 26} y={yOf(node) + HEIGHT / 2 + 4}>
              {node.slug.length > MAX_NAME ? `${node.slug.slice(0, MAX_NAME - 1)}…` : node.slug}
            </text>
          </a>
        ))}
      </svg>
    </div>
  )
})

/** The part of the graph that is drawn: left, top, right, bottom. */
type Part = readonly [left: number, top: number, right: number, bottom: number]

const NO_FRAME = { scrollLeft: 0, scrollTop: 0, clientWidth: 1200, clientHeight: 520 }
/** Pixels around the window that are drawn too, and by which it moves before the part changes. */
const MARGIN = 200

/** The part that is seen at first, as `look` finds it once the frame is there, so that nothing is drawn twice. */
function firstPart(): Part {
  const main = document.querySelector('main')
  if (main === null) return partOf(0, 0, NO_FRAME.clientWidth, NO_FRAME.clientHeight)
  const { paddingLeft, paddingRight } = getComputedStyle(main)
  const width = main.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight)
  return partOf(0, 0, width, NO_FRAME.clientHeight)
}

function partOf(left: number, top: number, width: number, height: number): Part {
  const down = (value: number): number => Math.floor(value / MARGIN) * MARGIN - MARGIN
  const up = (value: number): number => Math.ceil(value / MARGIN) * MARGIN + MARGIN
  return [down(left), down(top), up(left + width), up(top + height)]
}

function isIn(
  [left, top, right, bottom]: Part,
  x: number,
  y: number,
  width: number,
  height: number,
): boolean {
  return x < right && x + width > left && y < bottom && y + height > top
}

/** The lines of the part as two paths, which are two elements instead of thousands. */
function linesOf(
  edges: readonly PlanEdge[],
  bySlug: ReadonlyMap<string, PlacedNode>,
  critical: ReadonlySet<string>,
  part: Part,
): { readonly plain: string; readonly critical: string } {
  const plain: string[] = []
  const marked: string[] = []
  for (const { from, to } of edges) {
    const a = bySlug.get(from)
    const b = bySlug.get(to)
    if (a === undefined || b === undefined) continue
    const [top, bottom] = [Math.min(yOf(a), yOf(b)), Math.max(yOf(a), yOf(b))]
    if (!isIn(part, xOf(a), top, xOf(b) - xOf(a), bottom - top + HEIGHT)) continue
    const list = critical.has(from) && critical.has(to) ? marked : plain
    list.push(curve(a, b))
  }
  return { plain: plain.join(''), critical: marked.join('') }
}

function xOf({ wave }: PlacedNode): number {
  return PAD + wave * (WIDTH + GAP_X)
}

function yOf({ row }: PlacedNode): number {
  return PAD + row * (HEIGHT + GAP_Y)
}

function curve(a: PlacedNode, b: PlacedNode): string {
  const x1 = xOf(a) + WIDTH
  const y1 = yOf(a) + HEIGHT / 2
  const x2 = xOf(b)
  const y2 = yOf(b) + HEIGHT / 2
  const bend = Math.min(GAP_X, (x2 - x1) / 2)
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`
}
