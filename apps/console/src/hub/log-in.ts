import { signal } from '@preact/signals'

export interface Me {
  readonly accountId: string
  readonly name?: string
  readonly keyId?: string
  readonly orgIds: readonly string[]
  readonly scopes: readonly string[]
}

/** Who is logged in; null without a log-in, undefined while it is not known yet. */
export const me = signal<Me | null | undefined>(undefined)

/** Shows the log-in, for instance because the key was revoked. The address stays, so that logging in leads back to the same view. */
export function loggedOut(): void {
  me.value = null
}

/** Has the key a right beside those to read? To one that has none, acts that need no scope are not shown either. */
export function canAct(): boolean {
  return (me.value?.scopes ?? []).some((scope) => !scope.endsWith(':read'))
}

/** May the caller use operations that require this scope? What it may not do is not shown. */
export function can(scope: string): boolean {
  const scopes = me.value?.scopes ?? []
  const [area] = scope.split(':')
  return scopes.includes('*') || scopes.includes(scope) || scopes.includes(`${area}:*`)
}
