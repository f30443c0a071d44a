import { serviceSpec } from '@alkdev/contracts'
import type { RolesListInput } from '@alkdev/contracts'
import type { IOperationDefinition } from '@alkdev/operations'
import { listRoles, loadRoles } from '@alkdev/storage'
import type { CoordinatorContext } from '../../context.ts'
import { roleView } from './role-view.ts'

/** `roles.list` */
export function rolesList({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('roles.list'),
    async handler(input: RolesListInput) {
      const page = await listRoles(db, input)
      const inherits = page.items.some((row) => row.parentId !== null)
      const names = new Map(
        inherits ? (await loadRoles(db)).map((row) => [row.id, row.name] as const) : [],
      )
      return {
        ...page,
        items: page.items.map((row) => roleView(row, names.get(row.parentId ?? ''))),
      }
    },
  }
}
