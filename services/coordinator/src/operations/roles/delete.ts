import { serviceSpec } from '@alkdev/contracts'
import type { RoleRef } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { deleteRole, inTransaction } from '@alkdev/storage'
import type { CoordinatorContext } from '../../context.ts'
import { requireRoleAdmin, roleOf } from './role-view.ts'

/** `roles.delete`: refused with CONFLICT while something refers to it. */
export function rolesDelete({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db, bus } = runtime
  return {
    ...serviceSpec('roles.delete'),
    async handler({ name }: RoleRef, context: OperationContext): Promise<RoleRef> {
      const roleId = await inTransaction(db, async (tx) => {
        await requireRoleAdmin(tx, callerOf(context))
        const { id } = await roleOf(tx, name)
        await audit(tx, context, {
          action: 'roles.deleted',
          targetType: 'role',
          targetId: id,
          data: { name },
        })
        await deleteRole(tx, id)
        return id
      })
      bus.emit('role.deleted', name, { roleId })
      return { name }
    },
  }
}
