import { Type } from '@alkdev/typebox'

/** A name below `.worktrees`. */
export const worktreePattern = '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'

/** The member `worktree` of the input of every operation that works in a place; without it that is the served folder. */
export const worktreeInput = {
  worktree: Type.Optional(
    Type.String({
      pattern: worktreePattern,
      description: 'A worktree below .worktrees. Paths are relative to it and stay in it.',
    }),
  ),
}
