import type { WorkflowRunSummary, WorkflowsRunsInput } from '@alkdev/contracts'
import { location } from '../../url/location.ts'
import { Status } from '../../ui/badge.tsx'
import { callLine, CliLine } from '../../ui/cli-line.tsx'
import { Id } from '../../ui/copy.tsx'
import { ChoiceFilter, Filters, TextFilter } from '../../ui/filters.tsx'
import { duration } from '../../ui/format.ts'
import { MakeLink } from '../../ui/make-link.tsx'
import { PageFrame } from '../../ui/page.tsx'
import { More, usePages } from '../../ui/pages.tsx'
import { Empty, Shown } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'

const EVERY_MS = 5000
const STATES = ['pending', 'running', 'waiting', 'completed', 'failed', 'aborted'] as const

const keyOf = ({ runId }: WorkflowRunSummary): string => runId

/** Runs of workflows. */
export function Workflows() {
  const { params } = location.value
  const status = params.get('status') as NonNullable<WorkflowsRunsInput['status']> | null
  const name = params.get('name')
  const input: WorkflowsRunsInput = {
    limit: 50,
    ...(status !== null && { status }),
    ...(name !== null && { name }),
  }
  const pages = usePages<WorkflowRunSummary, 'workflows.runs'>('workflows.runs', input, {
    keyOf,
    everyMs: EVERY_MS,
  })
  return (
    <PageFrame
      title="Workflows"
      note="Runs of workflows, the newest first. A run survives every process."
      actions={
        <MakeLink operation="workflows.run" scope="workflows:write" label="Run a workflow" />
      }
    >
      <Filters>
        <TextFilter name="name" label="Workflow" wide />
        <ChoiceFilter name="status" label="Any state" choices={STATES} />
      </Filters>
      <Shown loaded={pages}>
        {() =>
          pages.items.length === 0 ? (
            <Empty title="No run matches." command="./alkhub workflows run NAME">
              <p>
                A workflow is stored with <code>workflows.create</code> and started with{' '}
                <code>workflows.run</code>.
              </p>
            </Empty>
          ) : (
            <>
              <Table
                label="Runs"
                rows={pages.items}
                keyOf={keyOf}
                hrefOf={({ runId }) => `workflows/${runId}`}
                columns={[
                  {
                    title: 'Workflow',
                    wide: true,
                    cell: ({ name, version }) => (
                      <>
                        <bdi>{name}</bdi> <span class="dim">v{version}</span>
                      </>
                    ),
                  },
                  {
                    title: 'State',
                    cell: ({ status, error }) => (
                      <>
                        <Status value={status} /> {error && <code class="dim">{error.code}</code>}
                      </>
                    ),
                  },
                  {
                    title: 'Started',
                    cell: ({ startedAt, createdAt }) => <Time at={startedAt ?? createdAt} />,
                  },
                  {
                    title: 'Took',
                    numeric: true,
                    cell: ({ startedAt, endedAt }) =>
                      startedAt !== undefined && endedAt !== undefined
                        ? duration(Date.parse(endedAt) - Date.parse(startedAt))
                        : '',
                  },
                  { title: 'Run', extra: true, cell: ({ runId }) => <Id value={runId} /> },
                ]}
              />
              <More pages={pages} />
            </>
          )
        }
      </Shown>
      <CliLine line={callLine('workflows.runs', input)} />
    </PageFrame>
  )
}
