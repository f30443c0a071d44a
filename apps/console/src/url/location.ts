import { signal } from '@preact/signals'
import { base } from '../hub/base.ts'

export interface Location {
  /** Below the address of the console, without slashes at its ends. */
  readonly path: string
  readonly params: URLSearchParams
}

function read(): Location {
  const { pathname, search } = new URL(document.location.href)
  const path = pathname.startsWith(base.pathname) ? pathname.slice(base.pathname.length) : ''
  return { path: path.replace(/^\/+|\/+$/g, ''), params: new URLSearchParams(search) }
}

/** What the address of the page says. Every filter of a view is in it. */
export const location = signal<Location>(read())

/** Goes to a view, by its path and query relative to the console. */
export function navigate(href: string, { replace = false } = {}): void {
  const url = new URL(href, base)
  if (url.href === document.location.href) return
  if (replace) history.replaceState(null, '', url)
  else history.pushState(null, '', url)
  const { path } = location.value
  location.value = read()
  if (location.value.path !== path) document.querySelector('main')?.scrollTo(0, 0)
}

/** Changes parameters of the address; empty and undefined ones are removed. */
export function setParams(changes: Readonly<Record<string, string | undefined>>): void {
  const { path, params } = location.value
  const next = new URLSearchParams(params)
  for (const [name, value] of Object.entries(changes))
    if (value === undefined || value === '') next.delete(name)
    else next.set(name, value)
  navigate(hrefOf(path, next), { replace: true })
}

/** A path with its query. */
export function hrefOf(
  path: string,
  params: URLSearchParams | Readonly<Record<string, string | undefined>> = {},
): string {
  const search =
    params instanceof URLSearchParams
      ? params
      : new URLSearchParams(
          Object.entries(params).filter((entry): entry is [string, string] => !!entry[1]),
        )
  const text = search.toString()
  return text === '' ? path : `${path}?${text}`
}

/** Links of the console change the view and load no page. */
export function startRouting(): void {
  addEventListener('popstate', () => (location.value = read()))
  addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const link = event.composedPath().find((one) => one instanceof HTMLAnchorElement)
    if (!link || link.target !== '' || link.hasAttribute('download')) return
    const url = new URL(link.href)
    if (url.origin !== base.origin || !url.pathname.startsWith(base.pathname)) return
    event.preventDefault()
    navigate(url.href)
  })
}
