import { serviceSpec } from '@alkdev/contracts'
import type { RolesCheckInput, RolesCheckOutput } from '@alkdev/contracts'
import type { IOperationDefinition } from '@alkdev/operations'
import type { CoordinatorContext } from '../../context.ts'
import { effectiveRole, permissionRule } from '../../roles/effective-role.ts'
import { chainOf } from './role-view.ts'

/** `roles.check`: what the rules of a role say of one action. */
export function rolesCheck({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('roles.check'),
    async handler({ name, action, on }: RolesCheckInput): Promise<RolesCheckOutput> {
      const { permissions } = effectiveRole(await chainOf(db, name))
      const rule = permissionRule(permissions, action, on)
      return rule === undefined ? { permission: 'deny' } : { permission: rule.permission, rule }
    },
  }
}
