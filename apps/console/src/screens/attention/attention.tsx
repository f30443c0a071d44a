import type { InboxItem } from '@alkdev/contracts'
import { useEffect, useRef, useState } from 'preact/hooks'
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
import { focusOn, isPlain, moveOnKey } from './keys.ts'

const KINDS = [
  ['approval', 'Approvals'],
  ['finding', 'Findings'],
  ['dead-letter', 'Dead letters'],
  ['dead-delivery', 'Lost reports'],
  ['expiring-key', 'Keys that expire'],
  ['health', 'Failed checks'],
] as const
const EVERY_MS = 15_000

const keyOf = ({ kind, id }: InboxItem): string => `${kind} ${id}`

/** What waits for a person, the nearest deadline first. */
export function Attention() {
  const kind = location.value.params.get('kind') as InboxItem['kind'] | null
  const pages = usePages<InboxItem, 'inbox.list'>(
    'inbox.list',
    { order: 'urgent', limit: 100, ...(kind !== null && { kinds: [kind] }) },
    { keyOf, events: ['approval.', 'coord.detected'], everyMs: EVERY_MS },
  )
  const { items } = pages
  useEffect(() => {
    addEventListener('keydown', moveOnKey)
    return () => removeEventListener('keydown', moveOnKey)
  }, [])
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
            <Empty title="Nothing waits for you.">
              <p>
                Approvals of agents, findings about them, queued calls that failed, keys that soon
                expire and failed checks of the hub appear here as they come.
              </p>
              <p>
                Until then <a href="operations">call an operation</a>,{' '}
                {can('sessions:write') && (
                  <>
                    <a href="models?tab=playground">try a model</a>,{' '}
                  </>
                )}
                or see <a href="fleet">what the sessions do</a>.
              </p>
            </Empty>
          ) : (
            <>
              <ul class="cards">
                {items.map((item) => (
                  <Item key={keyOf(item)} item={item} onDone={pages.reload} />
                ))}
              </ul>
              <More pages={pages} />
            </>
          )
        }
      </Shown>
      <CliLine
        line={`./alkhub inbox --order urgent${kind === null ? '' : ` --kind ${shellWord(kind)}`}`}
      />
    </PageFrame>
  )
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
  const card = useRef<HTMLLIElement>(null)
  const mayAnswer = item.kind === 'approval' && can('sessions:approve')
  const answer = async (decision: 'allow' | 'deny'): Promise<void> => {
    if (busy) return
    setBusy(true)
    setError(undefined)
    try {
      await call('approvals.answer', { approvalId: item.id, decision })
      const own = card.current
      // The card goes: the keys go on with the next one.
      if (own?.contains(document.activeElement) === true)
        focusOn(own.nextElementSibling ?? own.previousElementSibling)
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
      ref={card}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget || !isPlain(event)) return
        // A key that is held down answers one.
        if (event.key === 'a' && mayAnswer && !event.repeat) void answer('allow')
        else if (event.key === 'd' && mayAnswer && !event.repeat) void answer('deny')
        else if (event.key === 'Enter') setOpen(!open)
      }}
    >
      <div class="head">
        <Badge tone={toneOf(item)}>{nameOf(item)}</Badge>
        <span class="title">
          <strong dir="auto">{item.title}</strong>{' '}
          {DETAILED.has(item.kind) && <code class="dim">{item.detail}</code>}
        </span>
        <span class="dim when">
          {item.askedOf?.some(isSession) === true && <Badge>asked of a session first</Badge>}{' '}
          {item.slack === 0 && <Badge tone="warn">critical path</Badge>}{' '}
          {item.deadline ? (
            <>
              {item.kind === 'expiring-key'
                ? 'expires'
                : `${item.defaultDecision === 'allow' ? 'allowed' : 'denied'} if not answered`}{' '}
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
    case 'task':
      return ['Show the plan', 'plan']
    case undefined:
    default:
      return undefined
  }
}

const isSession = (name: string): boolean => name.startsWith('session:')

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
            for{' '}
            {askedOf.some(isSession) ? 'a session above' : mayAnswer ? 'you' : 'another account'}
            {askedOf.length > 0 && ` (asked of ${askedOf.join(', ')})`}.
            {mayAnswer && askedOf.some(isSession) && ' You may answer meanwhile.'}
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

/** What it is, in a word or two. */
function nameOf({ kind, detail }: InboxItem): string {
  switch (kind) {
    case 'approval':
      return APPROVALS[detail ?? ''] ?? 'approval'
    case 'finding':
      return detail ?? 'finding'
    case 'dead-letter':
      return 'dead letter'
    case 'dead-delivery':
      return 'lost report'
    case 'expiring-key':
      return 'key'
    case 'health':
      return 'failed check'
  }
  return kind satisfies never
}

const APPROVALS: Readonly<Record<string, string>> = { question: 'question', budget: 'budget' }
/** Kinds whose detail says what failed. */
const DETAILED: ReadonlySet<InboxItem['kind']> = new Set(['dead-letter', 'dead-delivery'])

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
