const MAX_COOKIE_CHARACTERS = 16_384

/** The value of the cookie of that name, or undefined. Of several with the name (a browser sends none) the first counts. */
export function cookieValue(header: string | undefined, name: string): string | undefined {
  if (header === undefined || header.length > MAX_COOKIE_CHARACTERS) return undefined
  for (const one of header.split(';')) {
    const at = one.indexOf('=')
    if (at > 0 && one.slice(0, at).trim() === name) return one.slice(at + 1).trim()
  }
  return undefined
}

export interface SetCookieOptions {
  readonly name: string
  /** Empty to remove the cookie. */
  readonly value: string
  readonly maxAgeSeconds: number
  readonly isSecure: boolean
}

/**
 * A `Set-Cookie` header without `Path`: the browser then takes the folder of the request, so that the cookie is sent to the console alone, below
 * whatever base path a proxy serves it.
 */
export function setCookie({ name, value, maxAgeSeconds, isSecure }: SetCookieOptions): string {
  const secure = isSecure ? '; Secure' : ''
  return `${name}=${value}; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${secure}`
}
