import { detect, DETECTION_KINDS } from '../detect.ts'
import type { DetectionKind } from '../detect.ts'
import { NEGATIVES } from './negative-logs.ts'
import { POSITIVES } from './positive-logs.ts'

/** How a rule does on the labelled logs: on its own, on those of other rules, and on those without trouble. */
export interface RuleScore {
  readonly kind: DetectionKind
  readonly positives: number
  readonly precision: number
  readonly recall: number
  /** Names of logs that it missed, or noticed without reason. */
  readonly wrong: readonly string[]
}

export function scoreRules(): readonly RuleScore[] {
  const results = [...POSITIVES, ...NEGATIVES].map((one) => ({ ...one, found: detect(one.log) }))
  return DETECTION_KINDS.map((kind) => {
    const meant = results.filter(({ kinds }) => kinds.includes(kind))
    const found = results.filter((one) => one.found.has(kind))
    const right = found.filter(({ kinds }) => kinds.includes(kind))
    const missed = meant.filter((one) => !one.found.has(kind))
    const extra = found.filter(({ kinds }) => !kinds.includes(kind))
    return {
      kind,
      positives: meant.length,
      precision: found.length === 0 ? 0 : right.length / found.length,
      recall: right.length / meant.length,
      wrong: [...missed, ...extra].map(({ name }) => name),
    }
  })
}
