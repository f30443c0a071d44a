import { burnRate } from './rules/burn-rate.ts'
import { compactionWithoutProgress } from './rules/compaction.ts'
import { fanOut } from './rules/fan-out.ts'
import { orphan } from './rules/orphan.ts'
import { repeatedAction, repeatedError } from './rules/repeated-calls.ts'
import { stall } from './rules/stall.ts'
import { outsideTouches } from './rules/touches.ts'
import type { Noticed, Rule, SessionLog } from './session-log.ts'

/** The rules by the kind of their findings. */
export const RULES = {
  'repeated-action': repeatedAction,
  'repeated-error': repeatedError,
  stall,
  orphan,
  'fan-out': fanOut,
  'burn-rate': burnRate,
  'compaction-without-progress': compactionWithoutProgress,
  'outside-touches': outsideTouches,
} as const satisfies Record<string, Rule>
export type DetectionKind = keyof typeof RULES

export const DETECTION_KINDS = Object.keys(RULES) as readonly DetectionKind[]

/** What the rules notice in a session, each at most once. */
export function detect(log: SessionLog): ReadonlyMap<DetectionKind, Noticed> {
  const found = new Map<DetectionKind, Noticed>()
  for (const kind of DETECTION_KINDS) {
    const noticed = RULES[kind](log)
    if (noticed !== undefined) found.set(kind, noticed)
  }
  return found
}
