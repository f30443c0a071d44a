import type { Session } from '@alkdev/contracts/agents'
import { call } from '../../hub/call.ts'
import { idsOfPages } from '../../hub/ids-of-pages.ts'
import { can } from '../../hub/log-in.ts'
import { location } from '../../url/location.ts'
import { Status } from '../../ui/badge.tsx'
import { BulkAction } from '../../ui/bulk-action.tsx'
import { useChoice } from '../../ui/choice.ts'
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

const keyOf = ({ sessionId }: Session): string => sessionId

/** The sessions that the key may see: the newest first, or those with the latest activity. */
export function Sessions() {
  const status = location.value.params.get('state') as Session['status'] | null
  const byActivity = location.value.params.get('order') === 'activity'
  const listed = { limit: 50, ...(status !== null && { status }) }
  const input = { ...listed, ...(byActivity && { order: 'activity' as const }) }
  const pages = usePages<Session, 'sessions.list'>('sessions.list', input, {
    keyOf,
    events: ['session.', 'approval.'],
    everyMs: EVERY_MS,
  })
  const choice = useChoice(JSON.stringify(input))
  const chosen = pages.items.filter(({ sessionId }) => choice.chosen.has(sessionId))
  const working = chosen.filter((one) => WORKS.includes(one.status))
  const isChosen = chosen.length > 0
  return (
    <>
      <Filters>
        <ChoiceFilter name="state" label="Any state" choices={STATES} />
        <ChoiceFilter
          name="order"
          label="Newest first"
          choices={[['activity', 'Latest activity first']]}
        />
        <BulkAction
          label={isChosen ? 'Stop chosen' : 'Stop all'}
          hidden={
            !can('sessions:write') || (isChosen ? working.length === 0 : !WORKS.includes(status))
          }
          line="./alkhub sessions stop SESSION"
          preview={
            <p>Ends the turn of each of these sessions. They take prompts again afterwards.</p>
          }
          find={(signal) => idsOfPages('sessions.list', listed, signal, (one) => one.sessionId)}
          {...(isChosen && { chosen: working.map(({ sessionId }) => sessionId) })}
          act={(sessionId) =>
            call('sessions.stop', { sessionId, reason: 'Stopped from the console.' })
          }
          onDone={() => {
            choice.clear()
            pages.reload()
          }}
        />
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
                keyOf={keyOf}
                hrefOf={({ sessionId }) => `fleet/${sessionId}`}
                {...(can('sessions:write') && { choice })}
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
      <CliLine
        line={byActivity ? './alkhub sessions list --order activity' : './alkhub sessions list'}
      />
    </>
  )
}
