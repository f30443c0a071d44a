import type { InboxItem } from '@alkdev/contracts'
import { useState } from 'preact/hooks'
import { call } from '../../hub/call.ts'
import { HubError } from '../../hub/hub-error.ts'
import { idsOfPages } from '../../hub/ids-of-pages.ts'
import { can } from '../../hub/log-in.ts'
import { useCall } from '../../hub/use-call.ts'
import { location } from '../../url/location.ts'
import { Badge } from '../../ui/badge.tsx'
import { BulkAction } from '../../ui/bulk-action.tsx'
import { CliLine, shellWord } from '../../ui/cli-line.tsx'
import { ChoiceFilter, Filters } from '../../ui/filters.tsx'
import { Json } from '../../ui/json.tsx'
import { PageFrame } from '../../ui/page.tsx'
import { More, usePages } from '../../ui/pages.tsx'
import { Empty, Failure, Shown } from '../../ui/states.tsx'
import { Ago } from '../../ui/time.tsx'

const KINDS = [
  ['approval', 'Approvals'],
  ['finding', 'Findings'],
  ['dead-letter', 'Dead letters'],
  ['dead-delivery', 'Lost reports'],
  ['expiring-key', 'Keys that expire'],
  ['health', 'Failed checks'],
] as const
const EVERY_MS = 15_000

/** What waits for a person, the nearest deadline first. */
export function Attention() {
  const kind = location.value.params.get('kind') as InboxItem['kind'] | null
  const pages = usePages<InboxItem, 'inbox.list'>(
    'inbox.list',
    { limit: 100, ...(kind !== null && { kinds: [kind] }) },
    { events: ['approval.', 'coord.detected'], everyMs: EVERY_MS },
  )
  const items = pages.items.toSorted(byDeadline)
  return (
    <PageFrame
      title="Attention"
      note={
        <>
          What waits for you: the nearest deadline first, then what holds up a plan. <kbd>j</kbd>{' '}
          <kbd>k</kbd> move, <kbd>a</kbd> allows, <kbd>d</kbd> denies.
        </>
      }
    >
      <Filters>
        <ChoiceFilter name="kind" label="Everything" choices={KINDS} />
        {kind === 'approval' && can('sessions:approve') && (
          <>
            <AnswerAll decision="allow" onDone={pages.reload} />
            <AnswerAll decision="deny" onDone={pages.reload} />
          </>
        )}
      </Filters>
      <Shown loaded={pages}>
        {() =>
          items.length === 0 ? (
            <Empty title="Nothing waits for you." command="./alkhub inbox">
              <p>
                Approvals of agents, findings about them, queued calls that failed, keys that soon
                expire and failed checks of the hub appear here as they come.
              </p>
            </Empty>
          ) : (
            <>
              <ul class="cards">
                {items.map((item) => (
                  <Item key={`${item.kind} ${item.id}`} item={item} onDone={pages.reload} />
                ))}
              </ul>
              <More pages={pages} />
            </>
          )
        }
      </Shown>
    </PageFrame>
  )
}

/** The nearest deadline first; then what holds up a plan most; then what waits longest. */
function byDeadline(a: InboxItem, b: InboxItem): number {
  return (
    order(a.deadline ?? '~', b.deadline ?? '~') ||
    order(a.slack ?? Infinity, b.slack ?? Infinity) ||
    order(a.at, b.at)
  )
}

function order<T extends string | number>(a: T, b: T): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** Gives every approval the same answer, after they were counted. */
function AnswerAll({
  decision,
  onDone,
}: {
  readonly decision: 'allow' | 'deny'
  readonly onDone: () => void
}) {
  return (
    <BulkAction
      label={decision === 'allow' ? 'Allow all' : 'Deny all'}
      danger={decision === 'deny'}
      line={`./alkhub approvals answer APPROVAL ${decision}`}
      preview={
        <p>
          {decision === 'allow' ? 'Allows' : 'Denies'} each of these once. What is asked of others
          is refused.
        </p>
      }
      find={(signal) => idsOfPages('inbox.list', { kinds: ['approval'] }, signal, ({ id }) => id)}
      act={(approvalId) => call('approvals.answer', { approvalId, decision })}
      onDone={onDone}
    />
  )
}

function Item({ item, onDone }: { readonly item: InboxItem; readonly onDone: () => void }) {
  const [open, setOpen] = useState(false)
  const [error, setError] = useState<HubError>()
  const [busy, setBusy] = useState(false)
  const mayAnswer = item.kind === 'approval' && can('sessions:approve')
  const answer = async (decision: 'allow' | 'deny'): Promise<void> => {
    if (busy) return
    setBusy(true)
    setError(undefined)
    try {
      await call('approvals.answer', { approvalId: item.id, decision })
      onDone()
    } catch (thrown) {
      setError(HubError.from(thrown))
    } finally {
      setBusy(false)
    }
  }
  return (
    <li
      class="card"
      tabIndex={0}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget) return
        const { currentTarget, key } = event
        if (key === 'a' && mayAnswer) void answer('allow')
        else if (key === 'd' && mayAnswer) void answer('deny')
        else if (key === 'Enter') setOpen(!open)
        else if (key === 'j') focusOn(currentTarget.nextElementSibling)
        else if (key === 'k') focusOn(currentTarget.previousElementSibling)
      }}
    >
      <div class="head">
        <Badge tone={toneOf(item)}>
          {item.kind === 'expiring-key' ? 'key' : (item.detail ?? item.kind)}
        </Badge>
        <strong dir="auto" class="title">
          {item.title}
        </strong>
        <span class="dim when">
          {item.slack === 0 && <Badge tone="warn">critical path</Badge>}{' '}
          {item.deadline ? (
            <>
              {item.kind === 'expiring-key' ? 'expires' : 'decides itself'}{' '}
              <Ago at={item.deadline} />
            </>
          ) : (
            <Ago at={item.at} />
          )}
        </span>
        <div class="actions">
          {mayAnswer && (
            <>
              <button
                type="button"
                class="primary"
                disabled={busy}
                onClick={() => void answer('allow')}
              >
                Allow
              </button>
              <button
                type="button"
                class="danger"
                disabled={busy}
                onClick={() => void answer('deny')}
              >
                Deny
              </button>
            </>
          )}
          <Subject item={item} />
          {item.kind === 'approval' && (
            <button type="button" class="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
              {open ? 'Less' : 'More'}
            </button>
          )}
        </div>
      </div>
      {error && <Failure error={error} />}
      {open && <ApprovalDetails id={item.id} />}
    </li>
  )
}

function focusOn(element: Element | null): void {
  if (element instanceof HTMLElement) element.focus()
}

function Subject({ item }: { readonly item: InboxItem }) {
  const place = placeOf(item)
  if (place === undefined) return null
  const [text, href] = place
  return (
    <a class="button" href={href}>
      {text}
    </a>
  )
}

/** Where it can be seen or corrected. */
function placeOf({
  kind,
  id,
  sessionId,
  subject,
}: InboxItem): readonly [string, string] | undefined {
  if (kind === 'dead-letter') return ['Show the call', `calls/${id}`]
  if (kind === 'health') return ['Show the health', 'health']
  if (kind === 'expiring-key') return ['Rotate it', 'access']
  const session = sessionId ?? (subject?.type === 'session' ? subject.id : undefined)
  if (session !== undefined) return ['Show the session', `fleet/${session}`]
  switch (subject?.type) {
    case 'call':
      return ['Show the call', `calls/${subject.id}`]
    case 'workflow-run':
      return ['Show the run', `workflows/${subject.id}`]
    case 'schedule':
      return ['Show the schedules', 'queues?tab=schedules']
    case undefined:
    default:
      return undefined
  }
}

function ApprovalDetails({ id }: { readonly id: string }) {
  const loaded = useCall('approvals.get', { approvalId: id })
  return (
    <Shown loaded={loaded}>
      {({
        question,
        details,
        deadline,
        defaultDecision,
        operation,
        sessionId,
        askedOf,
        mayAnswer,
      }) => (
        <div class="details">
          <p dir="auto">{question}</p>
          <p class="note">
            Without an answer: <strong>{defaultDecision}</strong>, <Ago at={deadline} />. It waits
            for {mayAnswer ? 'you' : 'another account'}
            {askedOf.length > 0 && ` (asked of ${askedOf.join(', ')})`}.
            {operation && (
              <>
                {' '}
                Operation <code>{operation.operationId}</code>.
              </>
            )}
            {sessionId !== undefined && (
              <>
                {' '}
                <a href={`fleet/${sessionId}`}>Session</a>
              </>
            )}
          </p>
          {details !== undefined && <Json value={details} name="details of the approval" />}
          <CliLine line={`./alkhub approvals answer ${shellWord(id)} allow`} />
        </div>
      )}
    </Shown>
  )
}

function toneOf({ kind, severity }: InboxItem): 'bad' | 'warn' | 'busy' {
  if (
    kind === 'dead-letter' ||
    kind === 'dead-delivery' ||
    kind === 'health' ||
    severity === 'high'
  )
    return 'bad'
  return kind === 'approval' ? 'busy' : 'warn'
}
