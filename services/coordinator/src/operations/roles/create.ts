import { serviceSpec } from '@alkdev/contracts'
import type { Role, RolesCreateInput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import { createRole, inTransaction } from '@alkdev/storage'
import type { CoordinatorContext } from '../../context.ts'
import { requireRoleAdmin, roleOf, roleView } from './role-view.ts'

/** `roles.create` */
export function rolesCreate({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db, bus } = runtime
  return {
    ...serviceSpec('roles.create'),
    async handler({ parent, ...role }: RolesCreateInput, context: OperationContext): Promise<Role> {
      const id = uuidv7()
      const row = await inTransaction(db, async (tx) => {
        await requireRoleAdmin(tx, callerOf(context))
        const parentId = parent === undefined ? null : (await roleOf(tx, parent)).id
        await audit(tx, context, {
          action: 'roles.created',
          targetType: 'role',
          targetId: id,
          data: { name: role.name },
        })
        return createRole(tx, { ...role, id, parentId })
      })
      bus.emit('role.created', row.name, { roleId: id })
      return roleView(row, parent)
    },
  }
}
