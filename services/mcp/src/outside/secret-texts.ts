import { CallError } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import type { OutsideSettings } from './settings.ts'

/** Shorter values are left in texts: they would cut common words. */
const MIN_LENGTH = 6
const MARK = '[secret]'
/** Tokens of one service that are remembered: those that are replaced may still be in errors. */
const MAX_ISSUED = 4
/** By the settings of the service, the newest last. */
const issued = new WeakMap<object, readonly string[]>()

/** Counts an access token that was issued for the service among its secrets. */
export function addIssuedToken(settings: object, token: string): void {
  issued.set(settings, [...(issued.get(settings) ?? []), token].slice(-MAX_ISSUED))
}

type WithSecrets = Pick<OutsideSettings, 'secret' | 'program' | 'headers' | 'privateOk'>

/**
 * What must not be in a text that leaves the process, the longest first: the secret of the service, its access tokens, and of a server of the configuration also
 * its variables, headers and arguments. The headers of a stored client are no secrets.
 */
export function secretsOf(settings: WithSecrets): readonly string[] {
  const { secret, program, headers, privateOk } = settings
  const own = program !== undefined || privateOk ? Object.values(headers) : []
  const values = [
    secret ?? '',
    ...(issued.get(settings) ?? []),
    ...Object.values(program?.env ?? {}),
    ...(program?.args ?? []).map(secretPart),
    ...own.flatMap((value) => [value, value.replace(/^(?:Bearer|Basic|Token) +/i, '')]),
  ]
  const forms = values
    .filter((value) => value.length >= MIN_LENGTH)
    .flatMap((value) => [
      value,
      encodeURIComponent(value.toWellFormed()),
      JSON.stringify(value).slice(1, -1),
      Buffer.from(value).toString('base64'),
    ])
  return [...new Set(forms)].toSorted((a, b) => b.length - a.length)
}

/** Of `--token=x` the value; nothing of a flag, a path or the name of a package. */
function secretPart(argument: string): string {
  const value = /^-[^=]*=(.*)$/s.exec(argument)?.[1] ?? argument
  return /^(?:[-@/]|\.{0,2}\/)/.test(value) ? '' : value
}

/** A text without the secrets. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, MARK), text)
}

/** The error of a call without the secrets, should the service repeat them. Details that cannot be written as JSON are omitted. */
export function errorWithoutSecrets(error: unknown, secrets: readonly string[]): unknown {
  if (!(error instanceof CallError)) return error
  const { code, message, details, retryAfterMs, callId } = error
  const clean = withoutSecrets(message, secrets)
  const text = textOf(details)
  if (clean === message && withoutSecrets(text, secrets) === text) return error
  const shown: unknown =
    text === ''
      ? undefined
      : JSON.parse(text, (_, value: unknown) =>
          typeof value === 'string' ? withoutSecrets(value, secrets) : value,
        )
  return new CallError(code, clean, shown, compact({ retryAfterMs, callId }))
}

function textOf(details: unknown): string {
  try {
    return JSON.stringify(details) ?? ''
  } catch {
    return ''
  }
}
