import type { ServiceRuntime } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { Db } from '@alkdev/storage'
import type { SessionRow } from '@alkdev/storage/sessions'
import { turnRole } from './turn/turn-role.ts'
import { NO_MODEL } from './turn/turn-over.ts'

/**
 * Throws VALIDATION_ERROR for a session whose turns have no model: neither the session names one, nor its role, nor the hub. An external session needs none.
 */
export async function requireModel(
  db: Db,
  { config }: Pick<ServiceRuntime<'coordinator'>, 'config'>,
  session: SessionRow,
): Promise<void> {
  if (session.mode === 'external' || session.model !== null) return
  if (config.sessions.model !== undefined) return
  if ((await turnRole(db, session)).model !== undefined) return
  const { message } = JSON.parse(NO_MODEL) as { readonly message: string }
  throw new CallError('VALIDATION_ERROR', message, {
    errors: [{ path: '/model', message: 'must name a model: provider/model' }],
  })
}
