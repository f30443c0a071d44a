import { useEffect, useState } from 'preact/hooks'
import { call, callAny } from '../../hub/call.ts'
import { HubError } from '../../hub/hub-error.ts'
import { Status } from '../../ui/badge.tsx'
import { callLine, CliLine } from '../../ui/cli-line.tsx'
import { Diff } from '../../ui/diff.tsx'
import { Section } from '../../ui/page.tsx'
import { Failure, Skeleton } from '../../ui/states.tsx'

interface GitStatus {
  readonly branch?: string
  readonly files: readonly { readonly path: string; readonly worktree: string }[]
}

interface GitDiff {
  readonly diff: string
  readonly truncated: boolean
}

interface Changes {
  readonly status: GitStatus
  readonly diff: GitDiff
  readonly line: string
}

/** What is changed in the workspace of a session and not committed. Read when it is opened, because the spoke does the work. */
export function Changed({ workspaceId }: { readonly workspaceId: string }) {
  const [open, setOpen] = useState(false)
  return (
    <details class="changed" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Changes in the workspace</summary>
      {open && <Loaded workspaceId={workspaceId} />}
    </details>
  )
}

function Loaded({ workspaceId }: { readonly workspaceId: string }) {
  const [changes, setChanges] = useState<Changes>()
  const [error, setError] = useState<HubError>()
  const [round, setRound] = useState(0)
  useEffect(() => {
    const { signal, abort } = withAbort()
    readChanges(workspaceId, signal).then(
      (found) => {
        setError(undefined)
        setChanges(found)
      },
      (thrown: unknown) => {
        if (!signal.aborted) setError(HubError.from(thrown))
      },
    )
    return abort
  }, [workspaceId, round])
  const again = (): void => setRound(round + 1)
  if (error) return <Failure error={error} retry={again} />
  if (changes === undefined) return <Skeleton />
  const { status, diff, line } = changes
  return (
    <Section
      title={
        status.files.length === 0
          ? 'Nothing is changed'
          : `${status.files.length} ${status.files.length === 1 ? 'file' : 'files'} changed`
      }
      actions={
        <button type="button" class="small" onClick={again}>
          Read again
        </button>
      }
    >
      {status.files.length > 0 && (
        <ul class="files">
          {status.files.map(({ path, worktree }) => (
            <li key={path}>
              <bdi>{path}</bdi> {worktree === '?' && <Status value="pending" text="new" />}
            </li>
          ))}
        </ul>
      )}
      {diff.diff !== '' && <Diff text={diff.diff} isCut={diff.truncated} />}
      <CliLine line={line} />
    </Section>
  )
}

function withAbort() {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort() }
}

/** Throws HubError: for a workspace that is on no spoke, and what the spoke answers. */
async function readChanges(workspaceId: string, signal: AbortSignal): Promise<Changes> {
  const { spoke, worktree } = await call('workspaces.get', { workspaceId }, { signal })
  if (spoke === undefined)
    throw new HubError('NO_SPOKE', 'The workspace of this session is on no spoke.')
  const input = worktree === undefined ? {} : { worktree }
  const operation = (name: string): string => `dev.${spoke}.git.${name}`
  const [status, diff] = await Promise.all([
    callAny(operation('status'), input, { signal }),
    callAny(operation('diff'), input, { signal }),
  ])
  return {
    status: status.data as GitStatus,
    diff: diff.data as GitDiff,
    line: callLine(operation('diff'), input),
  }
}
