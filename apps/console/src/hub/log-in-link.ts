import { signal } from '@preact/signals'

const LINK = '#link='
/** In the state of the page's history entry while a link is being used, so that a reload knows of it. */
const MARK = 'alkhub.usingLink'

/** The token of a link that is to log in; undefined when there is none. */
export const link = signal<string | undefined>(undefined)
/** Was the page left while a link was being used? The link may be used up, with no log-in from it. */
export const wasInterrupted = signal(false)

/** Takes the token out of the address, where it would stay in the history, now and whenever a link is opened in this page. */
export function startLinks(): void {
  wasInterrupted.value = isMarked()
  if (document.location.hash.startsWith(LINK)) take()
  else if (wasInterrupted.value) mark(false)
  addEventListener('hashchange', take)
}

/** The link was used or refused. */
export function linkDone(): void {
  link.value = undefined
  mark(false)
}

function take(): void {
  const { hash } = document.location
  if (!hash.startsWith(LINK)) return
  mark(true)
  wasInterrupted.value = false
  link.value = hash.slice(LINK.length)
}

function isMarked(): boolean {
  const state: unknown = history.state
  return typeof state === 'object' && state !== null && MARK in state
}

function mark(isUsing: boolean): void {
  const { hash, pathname, search } = document.location
  const rest = hash.startsWith(LINK) ? '' : hash
  history.replaceState(isUsing ? { [MARK]: true } : null, '', pathname + search + rest)
}
