import { CodedError } from '@alkdev/errors'
import { runGit } from './run-git.ts'
import type { GitTarget } from './worktrees.ts'

/** The commit that a ref or an expression names, or undefined when there is none. */
export async function commitOf(
  { place, signal }: GitTarget,
  name: string,
): Promise<string | undefined> {
  try {
    const { text } = await runGit(place, ['rev-parse', '--verify', '--quiet', `${name}^{commit}`], {
      signal,
    })
    return text.trim()
  } catch (error) {
    if (error instanceof CodedError && error.code === 'EXECUTION_ERROR') return undefined
    throw error
  }
}

/** The tree of a commit. */
export async function treeOf({ place, signal }: GitTarget, commit: string): Promise<string> {
  return (
    await runGit(place, ['rev-parse', '--verify', `${commit}^{tree}`], { signal })
  ).text.trim()
}

/** The branch that is checked out, or null when none is. */
export async function branchOf({ place, signal }: GitTarget): Promise<string | null> {
  const { text } = await runGit(place, ['rev-parse', '--abbrev-ref', 'HEAD'], { signal }).catch(
    () => ({ text: 'HEAD' }),
  )
  const name = text.trim()
  return name === 'HEAD' ? null : name
}
