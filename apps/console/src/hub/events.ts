import { call } from './call.ts'
import { connected, follow } from './follow.ts'
import { me } from './log-in.ts'

export interface HubEvent {
  readonly type: string
  readonly id: string
  readonly payload: Readonly<Record<string, unknown>>
}

type Listener = (event: HubEvent | 'gap') => void

const listeners = new Set<Listener>()

/**
 * The one stream of hub events of the page. Each view listens to the types that concern it and reads its state again; `gap` says that events may be
 * missing.
 */
export function startEvents(): () => void {
  return follow({
    path: 'api/events',
    onEvent({ event, data }) {
      if (event === 'error') return
      if (event === 'reset') tell('gap')
      else tell(JSON.parse(data) as HubEvent)
    },
    onGap() {
      tell('gap')
      void checkLogIn()
    },
    onEnd: (error) => {
      // A key without the right to events: views are read again by time.
      if (me.value !== null && error !== undefined) connected.value = true
    },
  })
}

/** Another tab may have logged in again meanwhile, as the same account or as another one, whose views show other things. */
async function checkLogIn(): Promise<void> {
  const found = await call('accounts.me', {}).catch(() => undefined)
  if (found === undefined || me.value === null || me.value === undefined) return
  if (found.accountId === me.value.accountId) me.value = found
  else document.location.reload()
}

/** Listens until the returned function is called. */
export function onHubEvent(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function tell(event: HubEvent | 'gap'): void {
  for (const listener of listeners) listener(event)
}
