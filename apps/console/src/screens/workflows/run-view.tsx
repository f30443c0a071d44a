import type { WorkflowsGetOutput } from '@alkdev/contracts'
import { useEffect, useState } from 'preact/hooks'
import { call } from '../../hub/call.ts'
import { can } from '../../hub/log-in.ts'
import { useCall } from '../../hub/use-call.ts'
import { hrefOf } from '../../url/location.ts'
import { Action } from '../../ui/action.tsx'
import { Status } from '../../ui/badge.tsx'
import { CliLine } from '../../ui/cli-line.tsx'
import { Id } from '../../ui/copy.tsx'
import { Json } from '../../ui/json.tsx'
import { Facts, PageFrame, Section } from '../../ui/page.tsx'
import { Empty, Shown } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { RunGraph } from './run-graph.tsx'
import { WhyRunWaits } from './why-run-waits.tsx'

const RUNNING_MS = 2000
const OPEN: ReadonlySet<string> = new Set(['pending', 'running', 'waiting'])

type Run = NonNullable<WorkflowsGetOutput['run']>

/** A run of a workflow with its steps. */
export function RunView({ id }: { readonly id: string }) {
  const [isOpen, setOpen] = useState(false)
  const loaded = useCall('workflows.get', { runId: id }, isOpen ? { everyMs: RUNNING_MS } : {})
  const run = loaded.data?.run
  const open = run !== undefined && OPEN.has(run.status)
  useEffect(() => setOpen(open), [open])
  return (
    <PageFrame
      title={run?.name ?? 'Run'}
      above={[['Workflows', 'workflows']]}
      note={<Id value={id} />}
      actions={run && <RunActions run={run} onDone={loaded.reload} />}
    >
      <Shown loaded={loaded}>
        {({ run }) =>
          run === undefined ? <Empty title="There is no such run." /> : <RunDetails run={run} />
        }
      </Shown>
      <CliLine line={`./alkhub workflows get ${id}`} />
    </PageFrame>
  )
}

function RunActions({ run, onDone }: { readonly run: Run; readonly onDone: () => void }) {
  const { runId, status } = run
  return (
    <>
      <Status value={status} />
      {status === 'failed' && can('workflows:write') && (
        <Action
          label="Retry"
          line={`./alkhub workflows retry ${runId}`}
          preview={<p>Goes on from the steps that failed, with the results that it has.</p>}
          run={() => call('workflows.retry', { runId })}
          onDone={onDone}
        />
      )}
      {OPEN.has(status) && can('workflows:write') && (
        <Action
          label="Abort"
          danger
          line={`./alkhub workflows abort ${runId}`}
          preview={<p>Ends the run with the calls of its steps.</p>}
          run={() => call('workflows.abort', { runId, reason: 'Aborted from the console.' })}
          onDone={onDone}
        />
      )}
    </>
  )
}

function RunDetails({ run }: { readonly run: Run }) {
  const { error, steps, stepsLeft } = run
  return (
    <>
      <WhyRunWaits run={run} />
      {error && (
        <div class="failure">
          <p>
            <strong>{error.code}</strong> <span dir="auto">{error.message}</span>
          </p>
        </div>
      )}
      <Facts
        facts={[
          ['Version', run.version],
          ['Started', run.startedAt && <Time at={run.startedAt} />],
          ['Ended', run.endedAt && <Time at={run.endedAt} />],
          [
            'Branched from',
            run.parentRunId && <Id value={run.parentRunId} href={`workflows/${run.parentRunId}`} />,
          ],
          ['At step', run.branchStep],
        ]}
      />
      <RunGraph runId={run.runId} steps={steps} />
      <Section title={`${steps.length + stepsLeft} steps`}>
        <Table
          label="Steps"
          rows={steps}
          keyOf={({ step }) => step}
          columns={[
            { title: 'Step', cell: ({ step }) => <code>{step}</code> },
            { title: 'State', cell: ({ status }) => <Status value={status} /> },
            {
              title: 'Operation',
              wide: true,
              cell: ({ operationId }) => <code class="dim">{operationId}</code>,
            },
            { title: 'Attempts', numeric: true, extra: true, cell: ({ attempts }) => attempts },
            {
              title: 'Call',
              cell: ({ callId }) => callId && <Id value={callId} href={`calls/${callId}`} />,
            },
            {
              title: 'Error',
              cell: ({ error }) => error && <span title={error.message}>{error.code}</span>,
            },
            {
              title: '',
              cell: ({ step, status }) =>
                status === 'failed' && (
                  <a
                    href={hrefOf('operations/workflows.branch', {
                      input: JSON.stringify({ runId: run.runId, step }),
                    })}
                  >
                    Branch from here
                  </a>
                ),
            },
          ]}
        />
        {stepsLeft > 0 && <p class="note">{stepsLeft} further steps are not listed.</p>}
      </Section>
      <div class="columns">
        <Section title="Input">
          <Json value={run.input} name={`${run.name} input`} />
        </Section>
        <Section title="Output">
          <Json value={run.output} name={`${run.name} output`} />
        </Section>
      </div>
    </>
  )
}
