/** Whether `Accept-Encoding` accepts gzip: by its name, or by `*`, with a weight above 0. */
export function acceptsGzip(header: string | readonly string[] | undefined): boolean {
  let any = false
  for (const one of String(header ?? '').split(',')) {
    const [name = '', ...parameters] = one.split(';').map((part) => part.trim().toLowerCase())
    const refused = parameters.some((part) => /^q=0(\.0*)?$/.test(part))
    if (name === 'gzip' || name === 'x-gzip') return !refused
    if (name === '*') any = !refused
  }
  return any
}
