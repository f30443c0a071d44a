import { execFileSync } from 'node:child_process'

/**
 * The day (YYYY-MM-DD) of the last commit that changed each file below `folder`, by its path from `root`. Empty where there is no whole history: in an
 * archive of the sources, and in a shallow clone.
 */
export function changedDays(root: string, folder: string): ReadonlyMap<string, string> {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', root, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 64 * 1024 * 1024,
    })
  const days = new Map<string, string>()
  try {
    if (git('rev-parse', '--is-shallow-repository').trim() !== 'false') return days
    let day = ''
    for (const line of git('log', '--format=%x00%as', '--name-only', '--', folder).split('\n')) {
      if (line.startsWith('\0')) day = line.slice(1)
      // The newest commit comes first.
      else if (line !== '' && !days.has(line)) days.set(line, day)
    }
  } catch {
    return new Map()
  }
  return days
}
