import { CallError } from '@alkdev/operations'
import { OutboundRefusedError } from '@alkdev/outbound'
import { storableText } from '@alkdev/std'
import { ConnectionEndedError } from './connection-ended-error.ts'
import { MAX_ERROR_CHARS } from './limits.ts'
import { secretsOf, withoutSecrets } from './secret-texts.ts'
import type { OutsideSettings } from './settings.ts'

export interface ExplainedError {
  readonly code: string
  readonly message: string
  /** What to do about it. */
  readonly fix: string
}

/** What went wrong with a service and what to do, in one sentence each; `isStored` is false for the trial of a client that is not stored yet. Holds neither a secret nor a line break. */
export function explain(
  error: unknown,
  settings?: OutsideSettings,
  isStored = true,
): ExplainedError {
  const refused = OutboundRefusedError.in(error)
  if (refused !== undefined)
    return {
      code: refused.code,
      message: refused.message,
      fix: 'Add the address to `outbound.allow` in the configuration of the mcp service and of the gateway, or use a public one.',
    }
  const call = error instanceof CallError ? error : undefined
  const { code = 'EXECUTION_ERROR', message = 'It could not be used.' } = call ?? {}
  const shown = error instanceof ConnectionEndedError ? message : cleaned(message, settings)
  return { code, message: shown, fix: fixOf(call, settings, isStored) }
}

function fixOf(
  error: CallError | undefined,
  settings: Pick<OutsideSettings, 'name' | 'program'> | undefined,
  isStored: boolean,
): string {
  const details = (error?.details ?? {}) as Readonly<Record<string, unknown>>
  const name = settings?.name ?? 'NAME'
  if (details['reason'] === 'oauth')
    return 'Check `oauth.tokenUrl` and `oauth.clientId` of its config, and its secret.'
  if (details['status'] === 401 || details['status'] === 403)
    return isStored
      ? `Give its secret: \`alkhub clients update ${name} --secret-file FILE\`.`
      : 'Give its secret with --secret-file FILE.'
  if (details['reason'] === 'protocol')
    return 'Check that its URL is that of an MCP server; if it is, its author has to correct it.'
  if (details['status'] === 404) return 'Check the path of its URL.'
  if (settings?.program !== undefined)
    return 'Start the command by hand to see its messages, and correct `mcpServers` in the configuration of the mcp service.'
  if (error?.code === 'VALIDATION_ERROR')
    return 'Check that the URL or the file is an OpenAPI 3 document in JSON or YAML.'
  return 'Check that the service runs and that its URL is right.'
}

function cleaned(text: string, settings: OutsideSettings | undefined): string {
  const open = settings === undefined ? text : withoutSecrets(text, secretsOf(settings))
  return storableText(open.replaceAll(/\s+/g, ' ').replaceAll(/\p{Cc}/gu, '')).slice(
    0,
    MAX_ERROR_CHARS,
  )
}
