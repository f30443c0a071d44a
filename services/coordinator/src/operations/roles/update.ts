import { serviceSpec } from '@alkdev/contracts'
import type { Role, RolesUpdateInput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { inTransaction, loadRoles, updateRole } from '@alkdev/storage'
import type { CoordinatorContext } from '../../context.ts'
import { requireRoleAdmin, roleNotFound, roleOf, roleView } from './role-view.ts'

/** `roles.update` */
export function rolesUpdate({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db, bus } = runtime
  return {
    ...serviceSpec('roles.update'),
    async handler(
      { name, parent, ...change }: RolesUpdateInput,
      context: OperationContext,
    ): Promise<Role> {
      const view = await inTransaction(db, async (tx) => {
        await requireRoleAdmin(tx, callerOf(context))
        const { id } = await roleOf(tx, name)
        const parentId = parent == null ? parent : (await roleOf(tx, parent)).id
        await audit(tx, context, {
          action: 'roles.updated',
          targetType: 'role',
          targetId: id,
          data: {
            name,
            fields: Object.keys({ ...change, ...compact({ parent }) }),
          },
        })
        const row = await updateRole(tx, id, {
          ...change,
          ...compact({ parentId }),
        })
        if (row === undefined) throw roleNotFound(name)
        const names = row.parentId === null ? [] : await loadRoles(tx)
        return roleView(row, names.find((one) => one.id === row.parentId)?.name)
      })
      bus.emit('role.updated', name, { roleId: view.roleId })
      return view
    },
  }
}
