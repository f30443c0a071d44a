import { useEffect, useState } from 'preact/hooks'
import { call } from '../../hub/call.ts'
import { HubError } from '../../hub/hub-error.ts'
import { can, canAct } from '../../hub/log-in.ts'
import type { CallWithTree } from '../../hub/operations.ts'
import { useCall } from '../../hub/use-call.ts'
import { hrefOf, navigate } from '../../url/location.ts'
import { Action } from '../../ui/action.tsx'
import { Status } from '../../ui/badge.tsx'
import { CliLine } from '../../ui/cli-line.tsx'
import { Id } from '../../ui/copy.tsx'
import { duration } from '../../ui/format.ts'
import { Json } from '../../ui/json.tsx'
import { Facts, PageFrame, Section } from '../../ui/page.tsx'
import { Shown } from '../../ui/states.tsx'
import { Time } from '../../ui/time.tsx'
import { WhyCallWaits } from './why-call-waits.tsx'
import { Waterfall } from './waterfall.tsx'

const RUNNING_MS = 2000
/** Milliseconds that a call that was just made may be unknown, because its record is written after its end, and between two checks. */
const RECORDED_MS = 10_000
const LOOK_MS = 200

/** Waits until a call that was just made can be shown. What is wrong with it otherwise is shown by its page. */
async function untilRecorded(callId: string): Promise<void> {
  const deadline = Date.now() + RECORDED_MS
  for (;;) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one look after the other
      await call('calls.get', { callId })
      return
    } catch (thrown) {
      if (HubError.from(thrown).status !== 404 || Date.now() > deadline) return
    }
    // oxlint-disable-next-line no-await-in-loop -- as above
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

/** One call: how it ended and why, where its time went, what it called. */
export function CallView({ id }: { readonly id: string }) {
  const [isOpen, setOpen] = useState(false)
  // A call that runs is read again until it has ended.
  const loaded = useCall(
    'calls.get',
    { callId: id, tree: true },
    isOpen ? { everyMs: RUNNING_MS } : {},
  )
  const { data } = loaded
  const runs = data?.status === 'running' || data?.status === 'accepted'
  useEffect(() => setOpen(runs), [runs])
  return (
    <PageFrame
      title={data?.operationId ?? 'Call'}
      above={[['Calls', 'calls']]}
      note={<Id value={id} />}
      actions={data && <CallActions found={data} onDone={loaded.reload} />}
    >
      <Shown loaded={loaded}>{(found) => <CallDetails found={found} />}</Shown>
      <CliLine line={`./alkhub calls get ${id}`} />
    </PageFrame>
  )
}

function CallActions({
  found,
  onDone,
}: {
  readonly found: CallWithTree
  readonly onDone: () => void
}) {
  const { callId, operationId, input, status } = found
  const isOpen = status === 'running' || status === 'accepted'
  return (
    <>
      <Status value={status} />
      <a
        class="button"
        href={hrefOf(`operations/${encodeURIComponent(operationId)}`, {
          input: input === undefined ? '' : JSON.stringify(input),
        })}
      >
        Edit and call
      </a>
      {!isOpen && canAct() && (
        <Action
          label="Repeat"
          line={`./alkhub calls repeat ${callId}`}
          preview={
            <p>
              Calls <code>{operationId}</code> again with the same input and your rights.
            </p>
          }
          run={async () => {
            const again = await call('calls.repeat', { callId })
            await untilRecorded(again.callId)
            navigate(`calls/${again.callId}`)
          }}
        />
      )}
      {isOpen && canAct() && (
        <Action
          label="Abort"
          danger
          line={`./alkhub calls abort ${callId}`}
          preview={<p>Ends this call and every call below it.</p>}
          run={() => call('calls.abort', { callId })}
          onDone={onDone}
        />
      )}
    </>
  )
}

function CallDetails({ found }: { readonly found: CallWithTree }) {
  const { error, timing, calls = [], queued, status, startedAt } = found
  return (
    <>
      <WhyCallWaits found={found} />
      {error && status !== 'accepted' && (
        <div class="failure">
          <p>
            <strong>{error.code}</strong> <span dir="auto">{error.message}</span>
          </p>
          {error.details !== undefined && (
            <Json value={error.details} name="details of the error" />
          )}
        </div>
      )}
      <Facts
        facts={[
          ['Dispatched', <Time key="at" at={found.startedAt} />],
          ['Took', duration(found.durationMs)],
          ['Attempts', found.attempts],
          ['Routed', found.route],
          ['Account', found.accountId && <Id value={found.accountId} />],
          ['Key', found.keyId && <Id value={found.keyId} />],
          [
            'Session',
            found.sessionId && <Id value={found.sessionId} href={`fleet/${found.sessionId}`} />,
          ],
          [
            'Called by',
            found.parentCallId && (
              <Id value={found.parentCallId} href={`calls/${found.parentCallId}`} />
            ),
          ],
          ['Idempotency key', found.idempotencyKey],
          ['Items', found.items],
          ['Due', queued?.dueAt && <Time at={queued.dueAt} />],
          [
            'Repeated as',
            queued?.repeatedAs && (
              <Id value={queued.repeatedAs} href={`calls/${queued.repeatedAs}`} />
            ),
          ],
        ]}
      />
      {startedAt !== undefined && (
        <Section
          title={
            calls.length > 0
              ? `Where the time went: ${calls.length} calls below it`
              : 'Where the time went'
          }
        >
          <Waterfall root={found} calls={calls} />
          {timing && (
            <p class="legend">
              <i class="route" /> route {duration(timing.routeMs)} <i class="queue" /> queue{' '}
              {duration(timing.queueMs)} <i class="execute" /> execute {duration(timing.executeMs)}
            </p>
          )}
        </Section>
      )}
      <div class="columns">
        <Section title="Input">
          <Payload found={found} part="input" />
        </Section>
        <Section title="Output">
          <Payload found={found} part="output" />
        </Section>
      </div>
    </>
  )
}

function Payload({
  found,
  part,
}: {
  readonly found: CallWithTree
  readonly part: 'input' | 'output'
}) {
  if (found.omitted?.includes(part) === true)
    return (
      <p class="dim">
        It is too large for this view; <code>{`./alkhub calls get ${found.callId}`}</code> prints
        it.
      </p>
    )
  if (part === 'output' && (found.status === 'accepted' || found.status === 'running'))
    return <p class="dim">It has not ended.</p>
  if (found[part] === undefined)
    return (
      <p class="dim">
        {part === 'output' && !can('calls:read') ? 'Not stored.' : 'Not stored, or there was none.'}
      </p>
    )
  return <Json value={found[part]} name={`${found.operationId} ${part}`} />
}
