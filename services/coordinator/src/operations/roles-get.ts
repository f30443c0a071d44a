import { serviceSpec } from '@alkdev/contracts'
import type { RoleDetails, RoleRef } from '@alkdev/contracts'
import type { IOperationDefinition } from '@alkdev/operations'
import { loadRoles } from '@alkdev/storage'
import type { CoordinatorContext } from '../context.ts'
import { effectiveRole, roleChain } from '../roles/effective-role.ts'
import { roleOf, roleView } from './role-view.ts'

/** `roles.get` */
export function rolesGet({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('roles.get'),
    async handler({ name }: RoleRef): Promise<RoleDetails> {
      const row = await roleOf(db, name)
      const chain = roleChain(row, row.parentId === null ? [row] : await loadRoles(db))
      return { ...roleView(row, chain[1]?.name), effective: effectiveRole(chain) }
    },
  }
}
