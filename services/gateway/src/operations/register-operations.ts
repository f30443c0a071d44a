import { auditDenials, ServiceRegistry } from '@alkdev/service'
import type { IOperationDefinition } from '@alkdev/operations'
import type { GatewayContext } from '../context.ts'
import { accountsCreate } from './accounts/create.ts'
import { accountsGet } from './accounts/get.ts'
import { accountsList } from './accounts/list.ts'
import { accountsMe } from './accounts/me.ts'
import { accountsSetStatus } from './accounts/set-status.ts'
import { accountsUpdate } from './accounts/update.ts'
import { auditList } from './audit/list.ts'
import { clientsCreate } from './clients/create.ts'
import { clientsDelete } from './clients/delete.ts'
import { clientsGet } from './clients/get.ts'
import { clientsList } from './clients/list.ts'
import { clientsUpdate } from './clients/update.ts'
import { keysCreate } from './keys/create.ts'
import { keysGet } from './keys/get.ts'
import { keysList } from './keys/list.ts'
import { keysRevoke } from './keys/revoke.ts'
import { keysRotate } from './keys/rotate.ts'
import { keysUpdate } from './keys/update.ts'
import { limitsGet } from './limits/get.ts'
import { limitsSet } from './limits/set.ts'
import { orgsAccept } from './orgs/accept.ts'
import { orgsCreate } from './orgs/create.ts'
import { orgsDecline } from './orgs/decline.ts'
import { orgsDelete } from './orgs/delete.ts'
import { orgsGet } from './orgs/get.ts'
import { orgsAddMember, orgsInvite } from './orgs/invite.ts'
import { orgsListInvitations } from './orgs/list-invitations.ts'
import { orgsList } from './orgs/list.ts'
import { orgsListMembers } from './orgs/list-members.ts'
import { orgsRemoveMember } from './orgs/remove-member.ts'
import { orgsSetMembership } from './orgs/set-membership.ts'
import { orgsTransferOwnership } from './orgs/transfer-ownership.ts'
import { orgsUpdate } from './orgs/update.ts'
import { orgsWithdraw } from './orgs/withdraw.ts'
import { systemHealth } from './system/health.ts'

type Define = (context: GatewayContext) => IOperationDefinition

const queries: readonly Define[] = [
  accountsGet,
  accountsList,
  accountsMe,
  auditList,
  clientsGet,
  clientsList,
  keysGet,
  keysList,
  limitsGet,
  orgsGet,
  orgsList,
  orgsListInvitations,
  orgsListMembers,
  systemHealth,
]

/** Operations whose refusals are also in the audit log. */
const mutations: readonly Define[] = [
  accountsCreate,
  accountsSetStatus,
  accountsUpdate,
  clientsCreate,
  clientsDelete,
  clientsUpdate,
  keysCreate,
  keysRevoke,
  keysRotate,
  keysUpdate,
  limitsSet,
  orgsAccept,
  orgsAddMember,
  orgsCreate,
  orgsDecline,
  orgsDelete,
  orgsInvite,
  orgsRemoveMember,
  orgsSetMembership,
  orgsTransferOwnership,
  orgsUpdate,
  orgsWithdraw,
]

/** Registers the operations of the gateway. */
export function registerOperations(context: GatewayContext): void {
  const { bus, db, logger } = context.runtime
  const registry = new ServiceRegistry(logger)
  registry.serveAll(queries.map((define) => define(context)))
  registry.serveAll(mutations.map((define) => auditDenials(define(context), db, logger)))
  bus.serveService(registry)
}
