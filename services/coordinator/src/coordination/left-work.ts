/** Characters of a report, and of a name of a branch or a ref. */
const MAX_REPORT = 2000
const MAX_NAME = 300

/**
 * The message to the next session about the work that an earlier one left, from the evidence that the claim of the task keeps: `branch`, `head`, `savedRef` (its files,
 * uncommitted ones too), `parkedRef` (the same, saved later when its spoke had returned), `report`, `holder`. Undefined when nothing was left that it could use.
 * Any account that released the task may have written the evidence: members of other types are left out.
 */
export function leftText(evidence: Readonly<Record<string, unknown>> | null): string | undefined {
  const all = evidence ?? {}
  const [branch, head] = [nameOf(all['branch']), nameOf(all['head'])]
  const ref = nameOf(all['parkedRef']) ?? nameOf(all['savedRef'])
  const report = typeof all['report'] === 'string' ? all['report'] : undefined
  if (branch === undefined && ref === undefined && report === undefined) return undefined
  const session = nameOf((all['holder'] as { sessionId?: unknown } | undefined)?.sessionId)
  const who = session === undefined ? 'Another one' : `The session ${session}`
  const lines = [
    `[The hub] ${who} worked on this task before, and did not finish it. Its worktree stays its own; look at what it left, and take over what is good.`,
  ]
  if (branch !== undefined)
    lines.push(`Its commits: the branch ${branch}${head === undefined ? '' : ` at ${head}`}.`)
  if (ref !== undefined)
    lines.push(
      `Its files, what it had not committed included, are saved as ${ref}. git.diff with {"against": "${ref}"} shows how yours differ.`,
    )
  if (report !== undefined) lines.push(`Its last report: ${report.slice(0, MAX_REPORT)}`)
  return lines.join('\n')
}

function nameOf(value: unknown): string | undefined {
  const isName = typeof value === 'string' && value.length <= MAX_NAME && /^\S+$/.test(value)
  return isName ? value : undefined
}
