import { compact } from '@alkdev/std'
import { encodedForm, httpFetch } from '@alkdev/std/fetch'
import { CallError } from '../../../calls/call-error.ts'
import type { PreparedRequest } from './request.ts'
import type { HTTPServiceConfig } from './types.ts'

const MAX_REDIRECTS = 5

/** One request with the redirects that are allowed. Rejects as `fetch` does, or with CallError EXECUTION_ERROR for a redirect that is not followed. */
export async function send(
  request: PreparedRequest,
  config: HTTPServiceConfig,
  signal: AbortSignal,
  extra: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const call = config.fetch ?? httpFetch
  let { url } = request
  const { origin } = url
  let { method, body } = request
  let formType: string | undefined
  if (body instanceof FormData) ({ contentType: formType, body } = await encodedForm(body))
  for (let redirects = 0; ; redirects++) {
    const headers = new Headers(request.headers)
    if (url.origin === origin)
      for (const [name, value] of request.credentials) headers.set(name, value)
    for (const [name, value] of Object.entries(extra)) headers.set(name, value)
    if (formType !== undefined) headers.set('content-type', formType)
    if (body === undefined) headers.delete('content-type')
    const response = await call(url.href, {
      method,
      headers,
      redirect: 'manual',
      signal,
      ...compact({ body }),
    })
    const location = response.headers.get('location')
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return response
    await response.body?.cancel()
    const next = URL.canParse(location, url.href) ? new URL(location, url.href) : undefined
    const refused = whyNot(next, origin, method, response.status, config, redirects)
    if (next === undefined || refused !== undefined)
      throw new CallError('EXECUTION_ERROR', `The service redirects ${refused}.`, {
        status: response.status,
      })
    if (response.status === 303 || (response.status < 303 && method === 'POST')) {
      method = method === 'HEAD' ? 'HEAD' : 'GET'
      body = undefined
    }
    url = next
  }
}

function whyNot(
  next: URL | undefined,
  origin: string,
  method: string,
  status: number,
  { redirects = 'same-origin' }: HTTPServiceConfig,
  count: number,
): string | undefined {
  if (redirects === 'error') return 'and no redirect is to be followed'
  if (next === undefined || !['http:', 'https:'].includes(next.protocol))
    return 'to something that is no address'
  if (count >= MAX_REDIRECTS) return `more than ${MAX_REDIRECTS} times`
  if (next.origin === origin) return undefined
  if (redirects !== 'follow') return 'to another origin, which is not to be followed'
  const read = ['GET', 'HEAD'].includes(method) || status === 303
  return read ? undefined : `a ${method} to another origin`
}
