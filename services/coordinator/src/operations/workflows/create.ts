import { createHash } from 'node:crypto'
import { serviceSpec } from '@alkdev/contracts'
import type { WorkflowsCreateInput, WorkflowsCreateOutput } from '@alkdev/contracts'
import { audit, callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { canonicalJson } from '@alkdev/std'
import { inTransaction } from '@alkdev/storage'
import { createWorkflowVersion } from '@alkdev/storage/workflows'
import type { CoordinatorContext } from '../../context.ts'
import { askedProblems } from '../../workflows/check-asked.ts'
import { checkInputSchema } from '../../workflows/check-input-schema.ts'
import { checkTemplate } from '../../workflows/check-template.ts'
import { invalidWorkflow } from '../../workflows/start-run.ts'
import { changeableProjectIdOf } from '../../workflows/whose-workflows.ts'
import { workflowSummary } from '../../workflows/workflow-views.ts'

/** `workflows.create` */
export function workflowsCreate({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db, bus } = runtime
  return {
    ...serviceSpec('workflows.create'),
    async handler(
      input: WorkflowsCreateInput,
      context: OperationContext,
    ): Promise<WorkflowsCreateOutput> {
      const { name, project, description, template, inputSchema } = input
      const failurePolicy = input.failurePolicy ?? 'continue-running'
      const caller = callerOf(context)
      const schema = checkInputSchema(inputSchema)
      if ('problem' in schema) throw invalidWorkflow([schema.problem])
      const { document, problems } = await checkTemplate(bus, caller, template, schema.schema)
      if (problems.length > 0) throw invalidWorkflow(problems)
      return inTransaction(db, async (tx) => {
        const projectId = await changeableProjectIdOf(tx, caller, project)
        const run = { accountId: caller.id, projectId }
        const asked = await askedProblems(tx, run, document.operations)
        if (asked.length > 0) throw invalidWorkflow(asked)
        const { version, known } = await createWorkflowVersion(tx, {
          ownerId: caller.id,
          projectId,
          name,
          description: description ?? null,
          template: JSON.stringify(template),
          inputSchema: inputSchema === undefined ? null : JSON.stringify(inputSchema),
          failurePolicy,
          hash: createHash('sha256')
            .update(canonicalJson([template, inputSchema ?? null, failurePolicy]))
            .digest('hex'),
          steps: document.operations.length,
        })
        if (!known)
          await audit(tx, context, {
            action: 'workflows.created',
            targetType: 'workflow',
            targetId: version.id,
            data: { projectId, name, version: version.version },
          })
        return { ...workflowSummary(version), known }
      })
    },
  }
}
