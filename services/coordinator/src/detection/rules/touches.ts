import { Touches } from '@alkdev/taskgraph'
import type { Rule } from '../session-log.ts'

const MAX_PATHS = 20

/** It changed files that its task does not name. */
export const outsideTouches: Rule = ({ touches, changed }) => {
  if (touches.length === 0) return undefined
  const declared = new Touches(touches)
  const outside = [...new Set(changed)].filter((path) => !declared.matches(path))
  if (outside.length === 0) return undefined
  const [first = ''] = outside
  const more = outside.length === 1 ? '' : ` and ${outside.length - 1} more`
  return {
    summary: `It changed ${first}${more}, which its task does not name.`,
    evidence: { paths: outside.slice(0, MAX_PATHS), count: outside.length },
  }
}
