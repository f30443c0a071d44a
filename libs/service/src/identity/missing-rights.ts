import { coversScope } from '@alkdev/operations'

type Resources = Readonly<Record<string, readonly string[]>>

/** Wildcards are compared literally: `fs:*` needs `fs:*` or `*`, not every verb that exists today. */
function missingScopes(own: readonly string[], asked: readonly string[]): readonly string[] {
  return asked.filter((scope) => !coversScope(own, scope))
}

function missingResources(own: Resources, asked: Resources): readonly string[] {
  return Object.entries(asked).flatMap(([on, actions]) => {
    const type = on.slice(0, on.indexOf(':'))
    const allowed = [own[on], own[`${type}:*`], own['*']].flatMap((list) => list ?? [])
    return actions
      .filter((action) => !allowed.includes(action) && !allowed.includes('*'))
      .map((action) => `${on} ${action}`)
  })
}

/** Scopes and actions of these that the holder does not have. */
export function missingRights(
  holder: { readonly scopes: readonly string[]; readonly resources?: Resources | undefined },
  scopes: readonly string[],
  resources: Resources,
): readonly string[] {
  return [
    ...missingScopes(holder.scopes, scopes),
    ...missingResources(holder.resources ?? {}, resources),
  ]
}
