import { serviceSpec } from '@alkdev/contracts'
import type { RoleDetails, RoleRef } from '@alkdev/contracts'
import type { IOperationDefinition } from '@alkdev/operations'
import type { CoordinatorContext } from '../../context.ts'
import { effectiveRole } from '../../roles/effective-role.ts'
import { chainOf, roleView } from './role-view.ts'

/** `roles.get` */
export function rolesGet({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('roles.get'),
    async handler({ name }: RoleRef): Promise<RoleDetails> {
      const chain = await chainOf(db, name)
      const [row, parent] = chain
      return { ...roleView(row, parent?.name), effective: effectiveRole(chain) }
    },
  }
}
