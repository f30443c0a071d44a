import type { CallsQueuedInput, QueuedCallItem } from '@alkdev/contracts'
import { call } from '../../hub/call.ts'
import { HubError } from '../../hub/hub-error.ts'
import { idsOfPages } from '../../hub/ids-of-pages.ts'
import { can, canAct } from '../../hub/log-in.ts'
import { location } from '../../url/location.ts'
import { Status } from '../../ui/badge.tsx'
import { BulkAction } from '../../ui/bulk-action.tsx'
import { useChoice } from '../../ui/choice.ts'
import { callLine, CliLine, shellWord } from '../../ui/cli-line.tsx'
import { Id } from '../../ui/copy.tsx'
import { ChoiceFilter, Filters, TextFilter } from '../../ui/filters.tsx'
import { More, usePages } from '../../ui/pages.tsx'
import { Empty, Shown } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import type { Column } from '../../ui/table.tsx'
import { Ago, Time } from '../../ui/time.tsx'

const EVERY_MS = 5000
/** Calls that are aborted in one request, between two of which it can be stopped. */
const TOGETHER = 200
/** Calls of one act, as of the command. */
const MAX_ABORTED = 10_000
const STATES = ['accepted', 'running', 'completed', 'failed', 'aborted'] as const

const keyOf = ({ callId }: QueuedCallItem): string => callId

/** The queued calls, with what can be done to those that are chosen or that the filters match. */
export function Queued() {
  const { params } = location.value
  const status = params.get('status') as NonNullable<CallsQueuedInput['status']> | null
  const operationId = params.get('op')
  const code = params.get('code')
  const filters = {
    ...(operationId !== null && { operationId }),
    ...(code !== null && { code }),
  }
  const input: CallsQueuedInput = { limit: 50, ...(status !== null && { status }), ...filters }
  const pages = usePages<QueuedCallItem, 'calls.queued'>('calls.queued', input, {
    keyOf,
    everyMs: EVERY_MS,
  })
  const choice = useChoice(JSON.stringify(input))
  const chosen = pages.items.filter(({ callId }) => choice.chosen.has(callId))
  const onDone = (): void => {
    choice.clear()
    pages.reload()
  }
  return (
    <>
      <Filters>
        <TextFilter name="op" label="Operation" wide />
        <ChoiceFilter name="status" label="Any state" choices={STATES} />
        <TextFilter name="code" label="Error code" />
        <RepeatDead
          chosen={chosen}
          isFiltered={status === 'failed'}
          filters={filters}
          onDone={onDone}
        />
        <AbortOpen
          chosen={chosen}
          isFiltered={status === 'accepted' || status === 'running'}
          input={input}
          onDone={onDone}
        />
      </Filters>
      <Shown loaded={pages}>
        {() =>
          pages.items.length === 0 ? (
            <Empty
              title="No queued call matches."
              command={`./alkhub call calls.enqueue '{"operationId":"accounts.me"}'`}
            >
              <p>
                A queued call is stored first and made later, and repeated as its operation allows.
              </p>
            </Empty>
          ) : (
            <>
              <Table
                label="Queued calls"
                rows={pages.items}
                keyOf={keyOf}
                hrefOf={({ callId }) => `calls/${callId}`}
                {...(canAct() && { choice })}
                columns={COLUMNS}
              />
              <More pages={pages} />
            </>
          )
        }
      </Shown>
      <CliLine line={callLine('calls.queued', input)} />
    </>
  )
}

const COLUMNS: readonly Column<QueuedCallItem>[] = [
  {
    title: 'Operation',
    wide: true,
    cell: ({ operationId }) => <code title={operationId}>{operationId}</code>,
  },
  {
    title: 'State',
    cell: ({ status, error }) => (
      <>
        <Status value={status} /> {error && <code class="dim">{error.code}</code>}
      </>
    ),
  },
  { title: 'Due', cell: ({ dueAt }) => <Ago at={dueAt} /> },
  {
    title: 'Attempts',
    numeric: true,
    cell: ({ attempts, maxAttempts }) => `${attempts}/${maxAttempts}`,
  },
  { title: 'Priority', numeric: true, extra: true, cell: ({ priority }) => priority },
  { title: 'Accepted', extra: true, cell: ({ acceptedAt }) => <Time at={acceptedAt} /> },
  {
    title: 'Repeated as',
    extra: true,
    cell: ({ repeatedAs }) => repeatedAs && <Id value={repeatedAs} href={`calls/${repeatedAs}`} />,
  },
]

interface BulkProps {
  readonly chosen: readonly QueuedCallItem[]
  /** The filters leave only calls that it can be done to. */
  readonly isFiltered: boolean
  readonly onDone: () => void
}

/** Queues dead letters again. */
function RepeatDead({
  chosen,
  isFiltered,
  filters,
  onDone,
}: BulkProps & { readonly filters: { readonly operationId?: string; readonly code?: string } }) {
  const dead = chosen.filter(
    (one) => one.status === 'failed' && one.repeatedAs === undefined && one.runId === undefined,
  )
  const isChosen = chosen.length > 0
  return (
    <BulkAction
      label={isChosen ? 'Repeat chosen' : 'Repeat all'}
      danger={false}
      hidden={!can('calls:enqueue') || (isChosen ? dead.length === 0 : !isFiltered)}
      line={
        isChosen
          ? `./alkhub call calls.repeatDead '{"callId":"CALL"}'`
          : callLine('calls.repeatDead', filters)
      }
      preview={<p>Queues each of these calls again, with your rights and its own input.</p>}
      find={(signal) => idsOfPages('calls.deadLetters', filters, signal, ({ callId }) => callId)}
      {...(isChosen && { chosen: dead.map(({ callId }) => callId) })}
      act={(callId) => call('calls.repeatDead', { callId })}
      onDone={onDone}
    />
  )
}

/** Aborts calls that have not ended. */
function AbortOpen({
  chosen,
  isFiltered,
  input,
  onDone,
}: BulkProps & { readonly input: CallsQueuedInput }) {
  const open = chosen.filter(({ status }) => status === 'accepted' || status === 'running')
  const isChosen = chosen.length > 0
  return (
    <BulkAction
      label={isChosen ? 'Abort chosen' : 'Abort all'}
      hidden={!canAct() || (isChosen ? open.length === 0 : !isFiltered)}
      line={isChosen ? './alkhub calls abort CALL' : commandOf(input)}
      preview={<p>Ends each of these calls and the calls below it.</p>}
      find={(signal) =>
        idsOfPages('calls.queued', input, signal, ({ callId }) => callId, MAX_ABORTED)
      }
      {...(isChosen && { chosen: open.map(({ callId }) => callId) })}
      act={{ size: TOGETHER, together: abortAll }}
      onDone={onDone}
    />
  )
}

const MISSED = {
  'too-late': 'It had ended before.',
  'not-found': 'It is not a queued call of yours.',
} as const

async function abortAll(callIds: readonly string[]): Promise<readonly { refused?: HubError }[]> {
  const reason = 'Aborted from the console.'
  const { calls } = await call('calls.abortMany', { callIds: [...callIds], reason })
  return calls.map(({ callId, receipt }) =>
    receipt === 'too-late' || receipt === 'not-found'
      ? { refused: new HubError('CONFLICT', MISSED[receipt], { callId }) }
      : {},
  )
}

/** The command that aborts what the filters match. */
function commandOf({ operationId, code }: CallsQueuedInput): string {
  const flags = [
    ...(operationId === undefined ? [] : ['--op', shellWord(operationId)]),
    ...(code === undefined ? [] : ['--code', shellWord(code)]),
  ]
  return ['./alkhub queue abort --all', ...flags].join(' ')
}
