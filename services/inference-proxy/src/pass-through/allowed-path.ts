import type { Provider } from '../providers/provider.ts'

const PATH = /^[A-Za-z0-9._~:@!$'()*+,;=%-]+(?:\/[A-Za-z0-9._~:@!$'()*+,;=%-]+)*$/

/**
 * The entry of the provider's `paths` that allows the path, which the ledger names; undefined when none does. A path that could leave the base
 * URL is allowed by none.
 */
export function allowedPath({ config }: Provider, path: string): string | undefined {
  if (!isBelow(path)) return undefined
  return config.paths?.find((allowed) =>
    allowed.endsWith('/*') ? path.startsWith(allowed.slice(0, -1)) : path === allowed,
  )
}

/** Whether a path stays below the URL that it is put behind, also when a server decodes it. */
export function isBelow(path: string): boolean {
  if (!PATH.test(path)) return false
  return path.split('/').every((segment) => {
    const decoded = decode(segment)
    return decoded !== undefined && decoded !== '.' && decoded !== '..' && !/[/\\?#]/.test(decoded)
  })
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
