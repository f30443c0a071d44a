import { isPlainObject } from '../schema-limits.ts'
import { asList, asText, documentError } from './document.ts'
import type { HTTPServiceConfig, Node } from './types.ts'

/**
 * Where an operation's requests go, without a slash at the end: `config.baseUrl`, else the first server of the nearest level that names one (operation, path,
 * document), its variables at their defaults, relative ones relative to the document's address. Throws CallError VALIDATION_ERROR when there is none.
 */
export function serverUrl(
  config: HTTPServiceConfig,
  levels: readonly Node[],
  documentUrl: string | undefined,
  at: string,
): string {
  const written =
    config.baseUrl ??
    levels
      .map((level) => asList(level['servers']).find(isPlainObject))
      .filter((server) => server !== undefined)
      .map(withDefaults)[0] ??
    (documentUrl === undefined ? undefined : '/')
  if (written === undefined) throw documentError(at, 'names no server: give `baseUrl`')
  const base = config.baseUrl === undefined ? documentUrl : undefined
  if (!URL.canParse(written, base))
    throw documentError(
      at,
      `${JSON.stringify(written.slice(0, 200))} is no server's address: give \`baseUrl\``,
    )
  const url = new URL(written, base)
  if (!['http:', 'https:'].includes(url.protocol))
    throw documentError(at, 'has a server that is not http or https')
  url.hash = ''
  return url.href.replace(/\/+$/, '')
}

function withDefaults(server: Node): string {
  const variables = isPlainObject(server['variables']) ? server['variables'] : {}
  return (asText(server['url']) ?? '/').replaceAll(/\{([^{}]+)\}/g, (whole, name: string) => {
    const variable = Object.hasOwn(variables, name) ? variables[name] : undefined
    const initial = isPlainObject(variable) ? variable['default'] : undefined
    return typeof initial === 'string' || typeof initial === 'number' ? String(initial) : whole
  })
}
