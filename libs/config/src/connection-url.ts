import { isAbsolute, resolve } from 'node:path'
import { OperatorError } from '@alkdev/errors'
import { Secret } from '@alkdev/crypto'
import { parsePostgresUrl, parseRedisUrl } from '@alkdev/std'
import type { ConnectionUrl } from '@alkdev/std'
import { readText } from './config-file.ts'
import type { ConfigFailure } from './failure.ts'

/** What `postgres` and `redis` have in common. */
export interface ConnectionFields {
  readonly url?: Secret
  readonly host?: string
  readonly port: number
  readonly user?: string
  readonly password?: Secret
  readonly passwordFile?: string
}

export interface ConnectionKind {
  readonly section: 'postgres' | 'redis'
  readonly protocols: readonly string[]
  /** Protocol and path of a URL made of the fields. */
  readonly protocol: string
  readonly path: string
  readonly needsUser: boolean
  /** Members that say what `url` says as well. */
  readonly inUrl: readonly string[]
}

interface ConnectionContext {
  readonly folder: string
  readonly given: ReadonlySet<string>
  readonly failures: ConfigFailure[]
}

/**
 * The URL that a section means, from `url` or from host, user and password. A password file is read relative to `folder`. `given` names the
 * members that the file holds: those that `url` says as well are refused beside it. What is wrong goes to `failures`; then undefined.
 */
export async function connectionUrl(
  fields: ConnectionFields,
  kind: ConnectionKind,
  { folder, given, failures }: ConnectionContext,
): Promise<Secret | undefined> {
  const fail = (name: string, expected: string): undefined => {
    failures.push({ path: name === '' ? kind.section : `${kind.section}.${name}`, expected })
    return undefined
  }
  if (fields.url !== undefined) {
    const rivals = kind.inUrl.filter((name) => given.has(name))
    if (rivals.length > 0)
      return fail('', `has both url and ${rivals.join(', ')}; expected one way only`)
    const text = fields.url.reveal().trim()
    const parsed = parse(kind, text)
    if (!('problem' in parsed)) return new Secret(text)
    return fail(
      'url',
      `expected a URL that begins with ${kind.protocols.map((p) => `${p}//`).join(' or ')} and names a host; it ${parsed.problem}`,
    )
  }
  if (fields.host === undefined) return fail('', 'expected url, or host with user and password')
  const wrong = failures.length
  if (kind.needsUser && fields.user === undefined) fail('user', 'is missing; expected a text')
  const password = await passwordOf(fields, folder, fail)
  if (failures.length > wrong || password === undefined) return undefined
  const user = encodeURIComponent(fields.user ?? '')
  const host = fields.host.includes(':') ? `[${fields.host}]` : fields.host
  const text = `${kind.protocol}//${user}:${encodeURIComponent(password)}@${host}:${fields.port}/${kind.path}`
  const isAddress = !/[\s@/?#%]/.test(fields.host) && !('problem' in parse(kind, text))
  return isAddress ? new Secret(text) : fail('host', 'expected a host name or an address alone')
}

function parse({ section }: ConnectionKind, text: string): ConnectionUrl {
  return section === 'redis' ? parseRedisUrl(text) : parsePostgresUrl(text)
}

async function passwordOf(
  fields: ConnectionFields,
  folder: string,
  fail: (name: string, expected: string) => undefined,
): Promise<string | undefined> {
  const { password, passwordFile } = fields
  if (password !== undefined && passwordFile !== undefined)
    return fail('password', 'is there beside passwordFile; expected one of them')
  if (password !== undefined) return password.reveal()
  if (passwordFile === undefined)
    return fail('password', 'is missing; expected password or passwordFile')
  const path = isAbsolute(passwordFile) ? passwordFile : resolve(folder, passwordFile)
  try {
    const text = (await readText('password file', path, '')).trim()
    return text === '' ? fail('passwordFile', 'names an empty file') : text
  } catch (error) {
    if (error instanceof OperatorError)
      return fail('passwordFile', `names a file that is unusable: ${error.message}`)
    throw error
  }
}
