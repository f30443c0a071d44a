import type { SpokeDetails } from '@alkdev/contracts'
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { can } from '../../hub/log-in.ts'
import { useAnyCall } from '../../hub/use-call.ts'
import { Badge } from '../../ui/badge.tsx'
import { callLine, CliLine } from '../../ui/cli-line.tsx'
import { Id } from '../../ui/copy.tsx'
import { bytes, count } from '../../ui/format.ts'
import { Empty, Shown } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'

interface Worktree {
  readonly name: string
  readonly branch: string | null
  readonly commit: string | null
  readonly locked: boolean
  readonly missing: boolean
  readonly changed?: number | null
  readonly diskBytes?: number | null
}

interface ProcessGroup {
  readonly id: string
  readonly session: string | null
  readonly worktree: string | null
  readonly command: string
  readonly startedAt: string
  readonly processes: readonly { readonly pid: number; readonly command: string }[]
}

/** What a development spoke has on its machine, asked of the spoke itself and in the rights of the key. Nothing for a spoke that cannot tell. */
export function OnSpoke({ spoke }: { readonly spoke: SpokeDetails }) {
  const worktrees = can('git:read') ? operationOf(spoke, 'git.worktreeList') : undefined
  const processes = can('shell:run') ? operationOf(spoke, 'process.list') : undefined
  return (
    <>
      {worktrees !== undefined && (
        <Opened summary="Worktrees">
          <Worktrees operationId={worktrees} />
        </Opened>
      )}
      {processes !== undefined && (
        <Opened summary="Processes">
          <Processes operationId={processes} />
        </Opened>
      )}
    </>
  )
}

/** The name by which this spoke alone answers it. */
function operationOf({ operations }: SpokeDetails, name: string): string | undefined {
  return operations.find(
    (one) => one.name === name && one.operationId !== name && one.status === 'active',
  )?.operationId
}

/** Its content is read when it is opened, because the spoke does the work. */
function Opened({
  summary,
  children,
}: {
  readonly summary: string
  readonly children: ComponentChildren
}) {
  const [open, setOpen] = useState(false)
  return (
    <details class="changed" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{summary}</summary>
      {open && children}
    </details>
  )
}

function Again({ reload }: { readonly reload: () => void }) {
  return (
    <p>
      <button type="button" class="small" onClick={reload}>
        Read again
      </button>
    </p>
  )
}

const DETAILS = { details: true }

function Worktrees({ operationId }: { readonly operationId: string }) {
  const loaded = useAnyCall<{
    readonly worktrees: readonly Worktree[]
    readonly truncated: boolean
  }>(operationId, DETAILS)
  return (
    <>
      <Shown loaded={loaded}>
        {({ worktrees, truncated }) =>
          worktrees.length === 0 ? (
            <Empty title="Its repository has no worktrees.">
              <p>A session that is spawned on it gets one of its own.</p>
            </Empty>
          ) : (
            <>
              <Table
                label="Worktrees"
                rows={worktrees}
                keyOf={({ name }) => name}
                columns={[
                  { title: 'Worktree', cell: ({ name }) => <code>{name}</code> },
                  {
                    title: 'Branch',
                    wide: true,
                    cell: ({ branch }) =>
                      branch === null ? <span class="dim">none</span> : <bdi>{branch}</bdi>,
                  },
                  { title: 'State', cell: (one) => <WorktreeState worktree={one} /> },
                  {
                    title: 'On the disk',
                    numeric: true,
                    cell: ({ diskBytes }) => (diskBytes == null ? '' : bytes(diskBytes)),
                  },
                  {
                    title: 'Commit',
                    extra: true,
                    cell: ({ commit }) => commit !== null && <code>{commit.slice(0, 12)}</code>,
                  },
                ]}
              />
              {truncated && <p class="note">There are more.</p>}
            </>
          )
        }
      </Shown>
      <Again reload={loaded.reload} />
      <CliLine line={callLine(operationId, DETAILS)} />
    </>
  )
}

function WorktreeState({
  worktree: { missing, locked, changed },
}: {
  readonly worktree: Worktree
}) {
  if (missing) return <Badge tone="bad">its folder is gone</Badge>
  return (
    <>
      {changed == null ? (
        <span class="dim">unknown</span>
      ) : changed > 0 ? (
        <Badge tone="warn">
          {count(changed)} {changed === 1 ? 'file' : 'files'} not committed
        </Badge>
      ) : (
        <Badge tone="good">clean</Badge>
      )}
      {locked && <Badge>locked</Badge>}
    </>
  )
}

const NO_INPUT = {}

function Processes({ operationId }: { readonly operationId: string }) {
  const loaded = useAnyCall<{
    readonly groups: readonly ProcessGroup[]
    readonly truncated: boolean
  }>(operationId, NO_INPUT)
  return (
    <>
      <p class="dim">What your calls of its shell started and what still runs.</p>
      <Shown loaded={loaded}>
        {({ groups, truncated }) =>
          groups.length === 0 ? (
            <Empty title="No command of yours runs on it." />
          ) : (
            <>
              <Table
                label="Processes"
                rows={groups}
                keyOf={({ id }) => id}
                columns={[
                  {
                    title: 'Command',
                    wide: true,
                    cell: ({ command }) => <code title={command}>{command}</code>,
                  },
                  { title: 'Started', cell: ({ startedAt }) => <Ago at={startedAt} /> },
                  {
                    title: 'Processes',
                    numeric: true,
                    cell: ({ processes }) => (
                      <span title={processes.map(({ pid }) => pid).join(', ')}>
                        {processes.length}
                      </span>
                    ),
                  },
                  {
                    title: 'Session',
                    cell: ({ session }) =>
                      session !== null && <Id value={session} href={`fleet/${session}`} />,
                  },
                  { title: 'Worktree', extra: true, cell: ({ worktree }) => worktree ?? '' },
                ]}
              />
              {truncated && <p class="note">There are more.</p>}
            </>
          )
        }
      </Shown>
      <Again reload={loaded.reload} />
      <CliLine line={callLine(operationId, NO_INPUT)} />
    </>
  )
}
