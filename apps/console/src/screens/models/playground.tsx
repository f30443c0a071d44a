import { useEffect, useState } from 'preact/hooks'
import { call } from '../../hub/call.ts'
import { HubError } from '../../hub/hub-error.ts'
import { can } from '../../hub/log-in.ts'
import { useCall } from '../../hub/use-call.ts'
import { location, setParams } from '../../url/location.ts'
import { Status } from '../../ui/badge.tsx'
import { CliLine, shellWord } from '../../ui/cli-line.tsx'
import { count, dollars } from '../../ui/format.ts'
import { Facts, Section } from '../../ui/page.tsx'
import { Empty, Failure, Shown, Skeleton } from '../../ui/states.tsx'
import { Message } from '../fleet/message.tsx'
import { useSession } from '../fleet/use-session.ts'

/** What a call cost is written shortly after its end. */
const COST_EVERY_MS = 2000

interface Sent {
  readonly model: string
  readonly sessionId: string
}

/** Sends one message to a model and shows what it says and costs. It is a session, so that it can be gone on with. */
export function Playground() {
  const loaded = useCall('inference.models', {})
  return (
    <Shown loaded={loaded}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="There are no models." command="./alkhub providers add --help" />
        ) : (
          <Chat models={items.map(({ id }) => id)} />
        )
      }
    </Shown>
  )
}

function Chat({ models }: { readonly models: readonly string[] }) {
  const inUrl = location.value.params.get('model')
  const model = inUrl !== null && models.includes(inUrl) ? inUrl : (models[0] ?? '')
  const [text, setText] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<HubError>()
  const [sent, setSent] = useState<Sent>()
  const send = async (): Promise<void> => {
    const prompt = text.trim()
    if (prompt === '' || busy) return
    setBusy(true)
    setError(undefined)
    try {
      const { sessionId } = await call('sessions.create', { title: 'Playground', model, prompt })
      setSent({ model, sessionId })
    } catch (thrown) {
      setError(HubError.from(thrown))
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <form
        class="prompt"
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
      >
        {error && <Failure error={error} />}
        <select
          aria-label="Model"
          value={model}
          onChange={(event) => setParams({ model: event.currentTarget.value })}
        >
          {models.map((id) => (
            <option key={id} value={id}>
              {id}
            </option>
          ))}
        </select>
        <textarea
          rows={4}
          aria-label="Message"
          placeholder="What the model is to answer (Ctrl Enter sends)"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void send()
          }}
        />
        <div class="actions">
          <button type="submit" class="primary" disabled={busy || text.trim() === ''}>
            {busy ? 'Sending …' : 'Send'}
          </button>
        </div>
      </form>
      {sent && <Answer key={sent.sessionId} sent={sent} />}
      <CliLine line={`./alkhub chat ${shellWord(model)} ${shellWord(text.trim() || 'Hello')}`} />
    </>
  )
}

function Answer({ sent: { model, sessionId } }: { readonly sent: Sent }) {
  const { session, messages, draft, error } = useSession(sessionId)
  const isOver = session?.turnId === undefined && session?.endReason !== undefined
  if (error) return <Failure error={error} />
  if (session === undefined) return <Skeleton />
  return (
    <Section
      title={model}
      actions={
        <>
          <Status value={session.status} />
          <a class="button" href={`fleet/${sessionId}`}>
            Go on in the session
          </a>
        </>
      }
    >
      {session.endError && (
        <p class="wrong" dir="auto">
          {session.endError.code} {session.endError.message}
        </p>
      )}
      <div class="transcript" role="log" aria-label="Answer" tabIndex={0}>
        {messages.map((message) => (
          <Message key={message.messageId} message={message} />
        ))}
        {draft && (
          <article class="message assistant draft" aria-busy="true">
            <p class="said" dir="auto">
              {draft.text}
              <i class="caret" />
            </p>
          </article>
        )}
      </div>
      {isOver && can('usage:read') && <Cost sessionId={sessionId} />}
    </Section>
  )
}

function Cost({ sessionId }: { readonly sessionId: string }) {
  const [isThere, setThere] = useState(false)
  const loaded = useCall(
    'inference.usage',
    { by: 'session', sessionId, limit: 1 },
    isThere ? {} : { everyMs: COST_EVERY_MS },
  )
  const item = loaded.data?.items[0]
  useEffect(() => setThere(item !== undefined), [item])
  if (loaded.error) return <Failure error={loaded.error} retry={loaded.reload} />
  if (item === undefined) return <p class="dim">What it cost is not written yet.</p>
  const isPriced = item.unpriced < item.calls
  return (
    <Facts
      facts={[
        ['Cost', isPriced ? dollars(item.costMicros) : 'no price is known'],
        ['Tokens in', count(item.inputTokens)],
        ['Tokens out', count(item.outputTokens)],
        ['Calls of the model', count(item.calls)],
      ]}
    />
  )
}
