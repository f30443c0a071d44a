/**
 * Which paths there are, read one character at a time: parts joined by `/`, none of them empty, `.` or `..`. Both sides of a
 * comparison can agree on a text that is not a path; this is the third automaton that excludes it.
 */
export const PathPart = { EMPTY: 0, DOT: 1, DOTS: 2, NAME: 3 } as const
export type PathPart = (typeof PathPart)[keyof typeof PathPart]

const SLASH = 47
const DOT = 46

/** The state after a character; undefined where no path goes on like this. */
export function nextPathPart(part: PathPart, code: number): PathPart | undefined {
  if (code === 0) return undefined
  if (code === SLASH) return part === PathPart.NAME ? PathPart.EMPTY : undefined
  if (code !== DOT) return PathPart.NAME
  if (part === PathPart.EMPTY) return PathPart.DOT
  return part === PathPart.DOT ? PathPart.DOTS : PathPart.NAME
}
