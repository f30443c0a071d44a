export interface GitStatus {
  readonly branch: string | null
  readonly commit: string | null
  readonly upstream: string | null
  readonly ahead: number
  readonly behind: number
  readonly files: { path: string; index: string; worktree: string }[]
}

/** Reads `git status --porcelain=v2 --branch -z` (format: git-status(1), "Porcelain Format Version 2"). */
export function parseStatus(text: string): GitStatus {
  const status = {
    branch: null as string | null,
    commit: null as string | null,
    upstream: null as string | null,
    ahead: 0,
    behind: 0,
    files: [] as GitStatus['files'],
  }
  const records = text.split('\0')
  for (let at = 0; at < records.length; at += 1) {
    const record = records[at] ?? ''
    const [kind, second = '', third = ''] = record.split(' ')
    if (kind === '#') header(status, second, record.split(' ').slice(2))
    else if (kind === '?') status.files.push({ path: record.slice(2), index: '?', worktree: '?' })
    else if (kind === '1' || kind === '2' || kind === 'u') {
      // Fields before the path: 8 for changed, 9 for renamed, 10 for unmerged.
      const fields = kind === '1' ? 8 : kind === '2' ? 9 : 10
      const path = record.split(' ').slice(fields).join(' ')
      status.files.push({ path, index: second[0] ?? ' ', worktree: second[1] ?? ' ' })
      // A renamed file's old path is a record of its own.
      if (kind === '2') at += 1
    } else if (third === '' && record === '') continue
  }
  return status
}

function header(
  status: { -readonly [K in keyof GitStatus]: GitStatus[K] },
  key: string,
  values: readonly string[],
): void {
  const value = values.join(' ')
  if (key === 'branch.head') status.branch = value === '(detached)' ? null : value
  else if (key === 'branch.oid') status.commit = value === '(initial)' ? null : value
  else if (key === 'branch.upstream') status.upstream = value
  else if (key === 'branch.ab') {
    status.ahead = Math.abs(Number(values[0] ?? 0))
    status.behind = Math.abs(Number(values[1] ?? 0))
  }
}
