import { relations } from 'drizzle-orm'
import { queuedCallResults } from './calls/queued-call-results.ts'
import { queuedCalls } from './calls/queued-calls.ts'
import { detections } from './coordination/detections.ts'
import { mappings } from './coordination/mappings.ts'
import { accounts } from './identity/accounts.ts'
import { apiKeys } from './identity/api-keys.ts'
import { auditLogs } from './identity/audit-logs.ts'
import { grants } from './identity/grants.ts'
import { organizationInvitations } from './identity/organization-invitations.ts'
import { organizationMembers } from './identity/organization-members.ts'
import { organizations } from './identity/organizations.ts'
import { projects } from './projects/projects.ts'
import { workspaces } from './projects/workspaces.ts'
import { roles } from './roles/roles.ts'
import { clientSecrets } from './services/client-secrets.ts'
import { clients } from './services/clients.ts'
import { messages } from './sessions/messages.ts'
import { parts } from './sessions/parts.ts'
import { sessions } from './sessions/sessions.ts'
import { operationRegistrations } from './spokes/operation-registrations.ts'
import { operations } from './spokes/operations.ts'
import { spokes } from './spokes/spokes.ts'
import { taskDependencies } from './tasks/task-dependencies.ts'
import { tasks } from './tasks/tasks.ts'
import { workflowRunEvents } from './workflows/workflow-run-events.ts'
import { workflowRuns } from './workflows/workflow-runs.ts'
import { workflowTemplates } from './workflows/workflow-templates.ts'

// All in one file: a relation has two ends, and table files import only what they refer to.

export const accountsRelations = relations(accounts, ({ many }) => ({
  apiKeys: many(apiKeys),
  memberships: many(organizationMembers),
  invitations: many(organizationInvitations, { relationName: 'invited' }),
  invitationsMade: many(organizationInvitations, { relationName: 'inviter' }),
  ownedOrganizations: many(organizations),
  grants: many(grants),
  sessions: many(sessions),
  spokes: many(spokes),
  clients: many(clients),
}))

export const organizationsRelations = relations(organizations, ({ one, many }) => ({
  owner: one(accounts, { fields: [organizations.ownerId], references: [accounts.id] }),
  members: many(organizationMembers),
  invitations: many(organizationInvitations),
  projects: many(projects),
  clients: many(clients),
}))

export const organizationInvitationsRelations = relations(organizationInvitations, ({ one }) => ({
  organization: one(organizations, {
    fields: [organizationInvitations.orgId],
    references: [organizations.id],
  }),
  account: one(accounts, {
    fields: [organizationInvitations.accountId],
    references: [accounts.id],
    relationName: 'invited',
  }),
  inviter: one(accounts, {
    fields: [organizationInvitations.invitedBy],
    references: [accounts.id],
    relationName: 'inviter',
  }),
}))

export const organizationMembersRelations = relations(organizationMembers, ({ one }) => ({
  organization: one(organizations, {
    fields: [organizationMembers.orgId],
    references: [organizations.id],
  }),
  account: one(accounts, { fields: [organizationMembers.accountId], references: [accounts.id] }),
}))

export const apiKeysRelations = relations(apiKeys, ({ one, many }) => ({
  owner: one(accounts, { fields: [apiKeys.ownerId], references: [accounts.id] }),
  successor: one(apiKeys, {
    fields: [apiKeys.rotatedTo],
    references: [apiKeys.id],
    relationName: 'rotation',
  }),
  predecessors: many(apiKeys, { relationName: 'rotation' }),
  grants: many(grants),
}))

export const auditLogsRelations = relations(auditLogs, ({ one }) => ({
  owner: one(accounts, { fields: [auditLogs.ownerId], references: [accounts.id] }),
  key: one(apiKeys, { fields: [auditLogs.keyId], references: [apiKeys.id] }),
  session: one(sessions, { fields: [auditLogs.sessionId], references: [sessions.id] }),
  organization: one(organizations, { fields: [auditLogs.orgId], references: [organizations.id] }),
}))

export const grantsRelations = relations(grants, ({ one }) => ({
  account: one(accounts, { fields: [grants.accountId], references: [accounts.id] }),
  key: one(apiKeys, { fields: [grants.keyId], references: [apiKeys.id] }),
}))

export const rolesRelations = relations(roles, ({ one, many }) => ({
  parent: one(roles, {
    fields: [roles.parentId],
    references: [roles.id],
    relationName: 'inheritance',
  }),
  children: many(roles, { relationName: 'inheritance' }),
}))

export const projectsRelations = relations(projects, ({ one, many }) => ({
  owner: one(accounts, { fields: [projects.ownerId], references: [accounts.id] }),
  organization: one(organizations, { fields: [projects.orgId], references: [organizations.id] }),
  workspaces: many(workspaces),
  sessions: many(sessions),
  spokes: many(spokes),
  tasks: many(tasks),
}))

export const workspacesRelations = relations(workspaces, ({ one, many }) => ({
  project: one(projects, { fields: [workspaces.projectId], references: [projects.id] }),
  spoke: one(spokes, { fields: [workspaces.spokeId], references: [spokes.id] }),
  sessions: many(sessions),
}))

export const sessionsRelations = relations(sessions, ({ one, many }) => ({
  account: one(accounts, { fields: [sessions.accountId], references: [accounts.id] }),
  project: one(projects, { fields: [sessions.projectId], references: [projects.id] }),
  workspace: one(workspaces, { fields: [sessions.workspaceId], references: [workspaces.id] }),
  grant: one(grants, { fields: [sessions.grantId], references: [grants.id] }),
  parent: one(sessions, {
    fields: [sessions.parentId],
    references: [sessions.id],
    relationName: 'descent',
  }),
  children: many(sessions, { relationName: 'descent' }),
  messages: many(messages),
  detections: many(detections),
}))

export const messagesRelations = relations(messages, ({ one, many }) => ({
  session: one(sessions, { fields: [messages.sessionId], references: [sessions.id] }),
  parts: many(parts),
}))

export const partsRelations = relations(parts, ({ one }) => ({
  message: one(messages, { fields: [parts.messageId], references: [messages.id] }),
}))

export const spokesRelations = relations(spokes, ({ one, many }) => ({
  owner: one(accounts, { fields: [spokes.ownerId], references: [accounts.id] }),
  project: one(projects, { fields: [spokes.projectId], references: [projects.id] }),
  registrations: many(operationRegistrations),
}))

export const operationsRelations = relations(operations, ({ many }) => ({
  registrations: many(operationRegistrations),
}))

export const operationRegistrationsRelations = relations(operationRegistrations, ({ one }) => ({
  operation: one(operations, {
    fields: [operationRegistrations.operationId],
    references: [operations.id],
  }),
  // `provider_id` is a client's where `provider_type` says so; the join finds nothing then.
  spoke: one(spokes, { fields: [operationRegistrations.providerId], references: [spokes.id] }),
  client: one(clients, { fields: [operationRegistrations.providerId], references: [clients.id] }),
}))

export const clientsRelations = relations(clients, ({ one, many }) => ({
  owner: one(accounts, { fields: [clients.ownerId], references: [accounts.id] }),
  organization: one(organizations, { fields: [clients.orgId], references: [organizations.id] }),
  secrets: many(clientSecrets),
}))

export const clientSecretsRelations = relations(clientSecrets, ({ one }) => ({
  client: one(clients, { fields: [clientSecrets.clientId], references: [clients.id] }),
}))

export const mappingsRelations = relations(mappings, ({ one, many }) => ({
  session: one(sessions, {
    fields: [mappings.sessionId],
    references: [sessions.id],
    relationName: 'mapped',
  }),
  parentSession: one(sessions, {
    fields: [mappings.parentSessionId],
    references: [sessions.id],
    relationName: 'spawned',
  }),
  spoke: one(spokes, { fields: [mappings.spokeId], references: [spokes.id] }),
  workspace: one(workspaces, { fields: [mappings.workspaceId], references: [workspaces.id] }),
  task: one(tasks, { fields: [mappings.taskId], references: [tasks.id] }),
  detections: many(detections),
}))

export const detectionsRelations = relations(detections, ({ one }) => ({
  session: one(sessions, { fields: [detections.sessionId], references: [sessions.id] }),
  mapping: one(mappings, { fields: [detections.mappingId], references: [mappings.id] }),
}))

export const tasksRelations = relations(tasks, ({ one, many }) => ({
  project: one(projects, { fields: [tasks.projectId], references: [projects.id] }),
  dependencies: many(taskDependencies, { relationName: 'dependent' }),
  dependents: many(taskDependencies, { relationName: 'prerequisite' }),
}))

export const taskDependenciesRelations = relations(taskDependencies, ({ one }) => ({
  dependent: one(tasks, {
    fields: [taskDependencies.dependentTaskId],
    references: [tasks.id],
    relationName: 'dependent',
  }),
  prerequisite: one(tasks, {
    fields: [taskDependencies.dependsOnTaskId],
    references: [tasks.id],
    relationName: 'prerequisite',
  }),
}))

export const queuedCallsRelations = relations(queuedCalls, ({ one }) => ({
  account: one(accounts, { fields: [queuedCalls.accountId], references: [accounts.id] }),
  grant: one(grants, { fields: [queuedCalls.grantId], references: [grants.id] }),
  result: one(queuedCallResults, {
    fields: [queuedCalls.id],
    references: [queuedCallResults.callId],
  }),
}))

export const workflowTemplatesRelations = relations(workflowTemplates, ({ many }) => ({
  runs: many(workflowRuns),
}))

export const workflowRunsRelations = relations(workflowRuns, ({ one, many }) => ({
  template: one(workflowTemplates, {
    fields: [workflowRuns.templateId],
    references: [workflowTemplates.id],
  }),
  grant: one(grants, { fields: [workflowRuns.grantId], references: [grants.id] }),
  events: many(workflowRunEvents),
}))

export const workflowRunEventsRelations = relations(workflowRunEvents, ({ one }) => ({
  run: one(workflowRuns, { fields: [workflowRunEvents.runId], references: [workflowRuns.id] }),
}))
