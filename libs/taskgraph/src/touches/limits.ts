/** Most checks of a task. */
export const MAX_CHECKS = 32
/** Longest command of a check, in UTF-16 units. */
export const MAX_CHECK_COMMAND_LENGTH = 4096
/** Time that a check may take at most. */
export const MAX_CHECK_TIMEOUT_MS = 3_600_000
/** Time that a check may take when it states none. */
export const DEFAULT_CHECK_TIMEOUT_MS = 600_000
/** Most globs of a task. */
export const MAX_TOUCHES = 32
/** Longest glob, in UTF-16 units. */
export const MAX_TOUCH_LENGTH = 200
/** Most characters of all globs of a task after their braces were expanded. It bounds the time of a comparison. */
export const MAX_EXPANDED_TOUCHES_LENGTH = 1024
/** Steps of the comparisons for one question, of 25 to 40 ns each. Two tasks at the limits whose globs are made to be slow need some millions. */
export const MAX_COMPARISON_STEPS = 2_000_000
