import type { Session } from '@alkdev/contracts/agents'
import { call } from '../../hub/call.ts'
import { idsOfPages } from '../../hub/ids-of-pages.ts'
import { can } from '../../hub/log-in.ts'
import { location } from '../../url/location.ts'
import { Status } from '../../ui/badge.tsx'
import { BulkAction } from '../../ui/bulk-action.tsx'
import { CliLine } from '../../ui/cli-line.tsx'
import { ChoiceFilter, Filters } from '../../ui/filters.tsx'
import { More, usePages } from '../../ui/pages.tsx'
import { Empty, Shown } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'

const STATES = ['running', 'waiting', 'queued', 'idle', 'done', 'failed', 'aborted'] as const
/** With a turn that can be stopped. */
const WORKS: readonly (string | null)[] = ['running', 'waiting', 'queued']
const EVERY_MS = 15_000

/** The sessions that the key may see, the newest first. */
export function Sessions() {
  const status = location.value.params.get('state') as Session['status'] | null
  const input = { limit: 50, ...(status !== null && { status }) }
  const pages = usePages<Session, 'sessions.list'>('sessions.list', input, {
    events: ['session.', 'approval.'],
    everyMs: EVERY_MS,
  })
  return (
    <>
      <Filters>
        <ChoiceFilter name="state" label="Any state" choices={STATES} />
        {WORKS.includes(status) && can('sessions:write') && (
          <BulkAction
            label="Stop all"
            line="./alkhub sessions stop SESSION"
            preview={
              <p>Ends the turn of each of these sessions. They take prompts again afterwards.</p>
            }
            find={(signal) => idsOfPages('sessions.list', input, signal, (one) => one.sessionId)}
            act={(sessionId) =>
              call('sessions.stop', { sessionId, reason: 'Stopped from the console.' })
            }
            onDone={pages.reload}
          />
        )}
      </Filters>
      <Shown loaded={pages}>
        {() =>
          pages.items.length === 0 ? (
            <Empty title="No session matches." command='./alkhub sessions create "Say hello"'>
              <p>An agent session works with a model and the operations of the hub.</p>
            </Empty>
          ) : (
            <>
              <Table
                label="Sessions"
                rows={pages.items}
                keyOf={({ sessionId }) => sessionId}
                hrefOf={({ sessionId }) => `fleet/${sessionId}`}
                columns={[
                  {
                    title: 'Session',
                    wide: true,
                    cell: ({ title, parentId }) => (
                      <span title={title}>
                        {parentId !== undefined && <span class="dim">↳ </span>}
                        <bdi>{title}</bdi>
                      </span>
                    ),
                  },
                  {
                    title: 'State',
                    cell: ({ status, waitingOn }) => (
                      <>
                        <Status value={status} />
                        {waitingOn !== undefined && <span class="dim"> on {waitingOn}</span>}
                      </>
                    ),
                  },
                  { title: 'Since', cell: ({ stateSince }) => <Ago at={stateSince} /> },
                  {
                    title: 'Progress',
                    extra: true,
                    cell: ({ progressAt }) => <Ago at={progressAt} />,
                  },
                  {
                    title: 'Model',
                    extra: true,
                    cell: ({ model }) => <span class="dim">{model}</span>,
                  },
                  {
                    title: 'Role',
                    extra: true,
                    cell: ({ role }) => <span class="dim">{role}</span>,
                  },
                  {
                    title: 'Last end',
                    extra: true,
                    cell: ({ endReason }) => <span class="dim">{endReason}</span>,
                  },
                ]}
              />
              <More pages={pages} />
            </>
          )
        }
      </Shown>
      <CliLine line="./alkhub sessions list" />
    </>
  )
}
